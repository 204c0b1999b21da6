"""The configuration of a server: databases by name, keys with roles, limits, and who is answered in a chat.

A file (DBENGINEER_CONFIG, TOML) holds it. A secret never stands in it: it is named as ${VARIABLE}.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, SecretStr, ValidationError

from dbengineer.agent.settings import Settings, SettingsError, variables
from dbengineer.agent.state import Options
from dbengineer.tools.facts import Fact

Role = Literal["read", "approve"]
BOTH: tuple[Role, ...] = ("read", "approve")
NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
DEFAULT = "default"
"""The name of the database of DBENGINEER_URL."""


class Database(Fact):
    """A database that clients know by its name only."""

    url: SecretStr
    trust_role: bool = False
    rows: Literal["none", "copy"] = "none"

    @property
    def options(self) -> Options:
        """How it is looked at."""
        return Options(rows=self.rows, trust_role=self.trust_role)


class Key(Fact):
    """A client's key: what its holder may do, and on which databases (on all when none is named)."""

    secret: SecretStr
    roles: tuple[Role, ...] = Field(default=("read",), min_length=1)
    databases: tuple[str, ...] = ()

    def reaches(self, database: str) -> bool:
        """Whether its holder may ask about a database."""
        return not self.databases or database in self.databases


class Limits(Fact):
    """How much the server takes on; requests are counted for each key."""

    requests_per_minute: int = Field(default=240, ge=1)
    requests_at_once: int = Field(default=400, ge=1)
    chats_at_once: int = Field(default=4, ge=1)
    chats_waiting: int = Field(default=200, ge=0)
    body_bytes: int = Field(default=128 * 1024, ge=1024)


class Channel(Fact):
    """A channel in which questions are answered: about which database, and whether rows may be shown in it."""

    database: str
    rows: bool = False


class Slack(Fact):
    """A Slack app: who may approve are ids of users; other channels than those that are named get no answer."""

    signing_secret: SecretStr
    bot_token: SecretStr
    api: str = Field(default="https://slack.com/api/", pattern=r"^https?://\S+/$")
    approvers: tuple[str, ...] = ()
    channels: dict[str, Channel]


class Mattermost(Fact):
    """A slash command of Mattermost; answers are only sent to addresses below `url`."""

    token: SecretStr
    url: str = Field(pattern=r"^https?://\S+/$")
    channels: dict[str, Channel]


class Configuration(Fact):
    """All of it."""

    databases: dict[str, Database] = {}
    keys: dict[str, Key] = {}
    limits: Limits = Limits()
    slack: Slack | None = None
    mattermost: Mattermost | None = None

    @property
    def first(self) -> str:
        """The database of a question that names none: the only one there is, or `default`; otherwise none."""
        names = list(self.databases)
        return names[0] if len(names) == 1 else DEFAULT if DEFAULT in names else ""


def read(settings: Settings, environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration that the settings name; raises SettingsError, which never shows a value of a secret."""
    given = variables() if environment is None else environment
    held = _filled(_file(settings.config), given, ()) if settings.config else {}
    databases = held.setdefault("databases", {})
    if isinstance(databases, dict):
        databases |= _named(settings.databases, given)
        if settings.url and not databases:
            databases[DEFAULT] = {"url": settings.url.get_secret_value()}
    if settings.server_key and isinstance(held.setdefault("keys", {}), dict):
        held["keys"]["server"] = {"secret": settings.server_key.get_secret_value(), "roles": BOTH}
    try:
        return _sound(Configuration.model_validate(held))
    except ValidationError as error:
        problems = "; ".join(_problem(e["type"], e["loc"], e["msg"]) for e in error.errors(include_input=False))
        raise SettingsError(f"{settings.config or 'the settings'}: {problems}") from None


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = re.search(r"\(at .*\)$", str(error))
        raise SettingsError(f"{path} is not TOML {place[0] if place else ''}".rstrip()) from None
    except OSError as error:
        raise SettingsError(f"DBENGINEER_CONFIG: {path}: {error.strerror}") from None


def _named(text: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The databases of DBENGINEER_DATABASES: `shop=SHOP_URL,todo=TODO_URL`, names and the variables with addresses."""
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, variable = (part.strip() for part in pair.partition("="))
        if not re.fullmatch(NAME, name) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            raise SettingsError(
                "DBENGINEER_DATABASES holds names and the names of variables that hold the addresses, not addresses: "
                "write shop=SHOP_URL,todo=TODO_URL"
            )
        found[name] = {"url": _value(variable, environment, f"DBENGINEER_DATABASES: {name}")}
    return found


def _filled(held: Any, environment: Mapping[str, str], place: tuple[str, ...]) -> Any:
    """What was read, with the variables it names in their places; a secret written out is refused."""
    if isinstance(held, dict):
        return {name: _filled(value, environment, (*place, str(name))) for name, value in held.items()}
    if not isinstance(held, str):
        return held
    if named := REFERENCE.fullmatch(held):
        return _value(named[1], environment, ".".join(place))
    if place[-1] in ("secret", "signing_secret", "bot_token", "token") or (place[-1] == "url" and _has_password(held)):
        raise SettingsError(
            f"{'.'.join(place)} holds a secret; keep it in a variable of the environment and write "
            f'{place[-1]} = "${{NAME_OF_THE_VARIABLE}}"'
        )
    return held


def _value(variable: str, environment: Mapping[str, str], place: str) -> str:
    if not environment.get(variable):
        raise SettingsError(f"{place} names the variable {variable}, which is not set")
    return environment[variable]


def _has_password(url: str) -> bool:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        return bool(conninfo_to_dict(url).get("password"))
    except ProgrammingError:
        return "://" not in url or "@" in url


def _sound(configuration: Configuration) -> Configuration:
    """Refuses names that are none, and names of databases that there are not (SettingsError)."""
    for kind, names in (("databases", configuration.databases), ("keys", configuration.keys)):
        for name in names:
            if not re.fullmatch(NAME, name):
                raise SettingsError(f"{kind}.{name!r}: write a name of small letters, digits, - and _, such as shop")
    _no_key_twice(configuration.keys)
    for place, name in _mentioned(configuration):
        if name not in configuration.databases:
            known = ", ".join(configuration.databases) or "none"
            raise SettingsError(
                f"{place}: there is no database {name!r}{_meant(name, configuration.databases)}; {known}"
            )
    return configuration


def _no_key_twice(keys: Mapping[str, Key]) -> None:
    secrets = [key.secret.get_secret_value() for key in keys.values()]
    if len(set(secrets)) < len(secrets):
        raise SettingsError("keys: two of them have the same secret; give each its own, so that it is known who asked")


def _mentioned(configuration: Configuration) -> list[tuple[str, str]]:
    """Where names of databases are mentioned."""
    found = [(f"keys.{k}.databases", name) for k, key in configuration.keys.items() for name in key.databases]
    for kind in ("slack", "mattermost"):
        chat: Slack | Mattermost | None = getattr(configuration, kind)
        found += [(f"{kind}.channels.{c}", channel.database) for c, channel in (chat.channels if chat else {}).items()]
    return found


def _problem(kind: str, place: tuple[int | str, ...], said: str) -> str:
    where = ".".join(map(str, place))
    if kind != "extra_forbidden":
        return f"{where}: {said}"
    known = _fields(place[:-1])
    return f"{where} is not known{_meant(str(place[-1]), known)}; known there are {', '.join(known)}"


def _meant(name: str, known: Mapping[str, Any] | list[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _fields(place: tuple[int | str, ...]) -> list[str]:
    """The names that may stand in a place of the configuration; the name of a database or a key is no field."""
    model: type[BaseModel] = Configuration
    for part in place:
        if field := model.model_fields.get(str(part)):
            inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
            model = next((kind for kind in inner if issubclass(kind, BaseModel)), model)
    return list(model.model_fields)
