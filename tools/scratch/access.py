"""How programs such as pg_dump reach the target: by environment, so that no secret is on a command line."""

from __future__ import annotations

import os
from typing import Any

from psycopg import pq

from dbengineer.tools.target import Target


def environment(target: Target) -> dict[str, str]:
    """The PG* variables that lead a libpq program to the target, password included."""
    offered: Any = getattr(target, "environment", None)
    if offered is not None:
        return dict(offered())
    info = target._connection.info
    names = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults()}
    found = {**info.get_parameters(), "host": info.host, "port": str(info.port), "password": info.password}
    return {name.decode(): value for key, value in found.items() if value and (name := names.get(key))}


def encrypted(target: Target) -> bool:
    """Whether the session on the target is a TLS one, so that a dump must not be less."""
    return bool(target.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0]["ssl"])


def clean_environment(variables: dict[str, str]) -> dict[str, str]:
    """Our environment with these PG* variables and no others, so that nothing of the user's shell leaks in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**inherited, "PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "15", "LC_ALL": "C", **variables}
