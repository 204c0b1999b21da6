"""How programs such as pg_dump reach the target: by environment, so that no secret is on a command line."""

from __future__ import annotations

import os

from dbengineer.tools.target import Target


def encrypted(target: Target) -> bool:
    """Whether the session on the target is a TLS one, so that a dump must not be less."""
    return target.encrypted


def clean_environment(variables: dict[str, str]) -> dict[str, str]:
    """Our environment with these PG* variables and no others, so that nothing of the user's shell leaks in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**inherited, "PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "15", "LC_ALL": "C", **variables}
