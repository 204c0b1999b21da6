"""Settings: the only place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError

from dbengineer.tools.facts import Fact

PREFIX = "DBENGINEER_"


class SettingsError(Exception):
    """A setting that is unknown or has a value it cannot have."""


class Settings(Fact):
    """What the user has configured; every field is the environment variable DBENGINEER_<FIELD>."""

    url: SecretStr | None = None
    """The target, as a libpq URL or key-value string."""
    state_url: SecretStr | None = None
    """A PostgreSQL database of our own that remembers unfinished runs; a file in the report's folder otherwise."""
    out: Path = Path("report")
    """The folder that gets a folder for each review."""
    audit: Path | None = None
    """The log of every statement on a target; audit.jsonl in the folder of the reviews otherwise."""
    pg_bin: Path | None = None
    """Server programs for the scratch server instead of the installed wheel's."""
    base_url: str | None = None
    """An OpenAI-compatible server; without it and without an API key there is no model."""
    model: str | None = None
    """The model's name at that server."""
    api_key: SecretStr | None = None
    """The key for that server."""
    server_key: SecretStr | None = None
    """The key that clients of the HTTP server send; without it the server only listens on loopback."""
    config: Path | None = None
    """The file of the server's configuration: databases by name, keys with roles, limits, Slack, Mattermost."""
    databases: str = ""
    """The server's databases: names, each with the name of the variable that holds its address, with commas."""
    thread_days: int | None = Field(default=None, ge=1)
    """After how many days without a word the server deletes a conversation; it keeps all otherwise."""
    model_seconds: float = Field(default=120, gt=0)
    """How long one answer of the model may take, in seconds."""
    model_calls: int = Field(default=8, ge=0)
    """How many tool calls the model may ask for in one run."""

    model_tokens: int = Field(default=100_000, ge=0)
    """How many tokens one run may use, questions and answers together; a last answer is given beyond it."""
    model_run_seconds: float = Field(default=900, gt=0)
    """How long one run may wait for the model altogether, in seconds."""
    model_sees_rows_of: str = ""
    """The databases whose rows and literals the model may see, as host/database or host:port/database, with commas."""

    @property
    def state(self) -> str | None:
        """The address of the database that remembers unfinished runs."""
        return self.state_url.get_secret_value() if self.state_url else None

    @property
    def audit_log(self) -> Path:
        """Where the audit log is."""
        return self.audit or self.out / "audit.jsonl"

    @property
    def has_model(self) -> bool:
        """Whether a model is configured."""
        return self.model is not None

    def shows_rows_of(self, server: str, database: str) -> bool:
        """Whether the user has named this database as one whose rows the model may see."""
        named = {name.strip() for name in self.model_sees_rows_of.split(",")}
        return bool(server and database) and f"{server}/{database}" in named


def variables() -> Mapping[str, str]:
    """The environment, for what a configuration refers to by the name of a variable."""
    return os.environ


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment; raises SettingsError, which names the variable and never its value."""
    variables = os.environ if environment is None else environment
    given = {key[len(PREFIX) :].lower(): value for key, value in variables.items() if key.startswith(PREFIX) and value}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        problems = (_problem(str(e["loc"][0]), e["type"], e["msg"]) for e in error.errors(include_input=False))
        known = ", ".join(PREFIX + name.upper() for name in Settings.model_fields)
        raise SettingsError(f"{'; '.join(problems)}. Known are: {known}") from None


def _problem(field: str, kind: str, said: str) -> str:
    """What is wrong with a variable; of one that is not known, which may have been meant."""
    near = get_close_matches(field, Settings.model_fields, 1) if kind == "extra_forbidden" else []
    meant = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
    return f"{PREFIX}{field.upper()}: {said}{meant}"
