"""What can go wrong with the target, in words that never hold a password."""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

EXAMPLE = "postgresql://user@host:5432/database"


class TargetError(Exception):
    """Something about the target's database; the message says what, why, and the corrected form."""


class BadUrl(TargetError):
    """The text is not the address of a database."""


class Unreachable(TargetError):
    """No session could be made, or it was lost."""


class WrongPassword(TargetError):
    """The server did not accept who we say we are."""


class UnknownDatabase(TargetError):
    """The server has no such database."""


class TlsRefused(TargetError):
    """The two sides do not agree on TLS."""


class NotPostgres(TargetError):
    """What answers does not speak PostgreSQL's protocol."""


class TooOld(TargetError):
    """The server is older than PostgreSQL 13."""


class RoleRefused(TargetError):
    """The role can change what it looks at; `problems` says how."""

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class RefusedSql(TargetError):
    """The guard refused a statement; it was not sent."""


class ReadFailed(TargetError):
    """The server refused a statement."""


class TimedOut(ReadFailed):
    """A statement took longer than it may, or waited for a lock."""


class Cancelled(ReadFailed):
    """Somebody else cancelled the statement."""


class TooManyRows(ReadFailed):
    """One of the product's own statements gave back more rows than it may."""


# Keys of a connection string whose values are harmless; every other key keeps its name only.
HARMLESS_KEYS = frozenset(
    {
        "application_name",
        "connect_timeout",
        "dbname",
        "host",
        "hostaddr",
        "port",
        "sslmode",
        "target_session_attrs",
        "user",
    }
)
PAIR = re.compile(r"\b([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE)
# A password may hold a bare @ or /, so everything up to the last @ of the word goes.
USERINFO = re.compile(r"(?<=//)\S*@")


def redacted(text: str, *secrets: str) -> str:
    """A text without the given secrets, the user part of URLs and the values of keys not known to be harmless."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    text = USERINFO.sub("***@", text)
    return PAIR.sub(lambda pair: pair[0] if pair[1].lower() in HARMLESS_KEYS else f"{pair[1]}=***", text)


# The client's and the server's words for why no session was made, first match first.
REASONS: tuple[tuple[str, type[TargetError], str], ...] = (
    (
        r"does not support SSL",
        TlsRefused,
        "the server has no TLS and sslmode asks for it; use sslmode=prefer if the network is trusted",
    ),
    (
        r"no pg_hba\.conf entry.*no encryption|requires SSL|SSL (connection )?is required",
        TlsRefused,
        "the server takes this user only with TLS, or not at all; add sslmode=require",
    ),
    (
        r"no pg_hba\.conf entry",
        WrongPassword,
        "the server's pg_hba.conf has no line for this user, database and address; ask for one",
    ),
    (
        r"certificate|SSL error|sslmode|tls",
        TlsRefused,
        "TLS failed; check sslmode and that sslrootcert holds the authority of the server's certificate",
    ),
    (
        r"invalid response to SSL|expected authentication request|unsupported frontend protocol|"
        r"invalid message length|protocol version|lost synchronization|unexpected message",
        NotPostgres,
        "what answers there is not PostgreSQL; check host and port (PostgreSQL's is usually 5432)",
    ),
    (r"no password supplied", WrongPassword, "it asks for a password; put it in PGPASSWORD or ~/.pgpass"),
    (
        r"(authentication|SCRAM).*failed|failed for user|role .* (does not exist|is not permitted)",
        WrongPassword,
        "the user or the password is wrong, or the role may not log in; check PGPASSWORD, ~/.pgpass or the URL",
    ),
    (r"database .* does not exist", UnknownDatabase, "the server has no such database; `psql -l` lists them"),
    (r"permission denied for database", WrongPassword, "the role may not connect; GRANT CONNECT ON DATABASE to it"),
    (
        r"too many (connections|clients)|connection slots",
        Unreachable,
        "the server has no free connection; try again later",
    ),
    (r"starting up|shutting down|recovery mode", Unreachable, "the server is starting or stopping; try again shortly"),
    (r"refused|Is the server running|No such file", Unreachable, "nothing listens there; check host and port"),
    (r"resolve host|translate host", Unreachable, "the host's name is not known; check it"),
    (r"timeout|timed out", Unreachable, "there was no answer in time; check host, port and firewall"),
)


def address(url: str) -> str:
    """Where a URL leads, without secrets; raises BadUrl where it is not one."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise BadUrl(f"this is not an address of a database; write {EXAMPLE} or host=... dbname=... user=...") from None
    host, port, database = (str(parts.get(key) or "") for key in ("host", "port", "dbname"))
    # The rest of a password with a bare @ or / ends up in these, so they must not be shown.
    if "@" in host + database or not re.fullmatch(r"[0-9,]*", port):
        raise BadUrl(f"host, port or database cannot be right; in {EXAMPLE} a password needs @ as %40 and / as %2F")
    user = parts.get("user")
    return f"{f'{user}@' if user else ''}{host or 'localhost'}{f':{port}' if port else ''}/{database}"


def explained(error: psycopg.Error, where: str, password: str = "") -> TargetError:
    """The error of a connection attempt in our own words; the driver's may hold the password."""
    said = str(error)
    for pattern, kind, advice in REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return kind(f"no session with {where}: {advice}")
    fatal = re.search(r"FATAL: +([^\n]*)", said)
    words = redacted(fatal[1], password) if fatal else "the driver gave no reason that can be shown"
    return Unreachable(f"no session with {where}: {words}; check the address and the server's log")


# Error classes whose words name objects and limits and never hold values of rows.
SPEAKABLE = ("0A", "25", "26", "34", "3D", "3F", "42", "53", "54", "55", "57")
UNDEFINED = ("42P01", "42883", "42704", "3F000")


def failed(error: psycopg.Error, took_ms: float, statement_ms: int, lock_ms: int) -> ReadFailed:
    """Why the server refused a statement; words that may quote values of rows are left out."""
    state = error.sqlstate or ""
    if state == "57014" and took_ms < statement_ms * 0.9:
        return Cancelled("the statement was cancelled by somebody else; try again")
    if state in ("57014", "25P04"):
        return TimedOut(
            f"the statement took longer than {statement_ms} ms; ask for less, or read its plan with EXPLAIN"
        )
    if state == "55P03":
        return TimedOut(f"the statement waited more than {lock_ms} ms for a lock that another session holds; try again")
    if not state.startswith(SPEAKABLE):
        return ReadFailed(
            f"the server refused it with {state or 'no code'} ({type(error).__name__}); correct the statement"
        )
    hint = "; names need their schema in front, as in app.orders" if state in UNDEFINED else ""
    return ReadFailed(f"the server refused it: {error.diag.message_primary}{hint}")
