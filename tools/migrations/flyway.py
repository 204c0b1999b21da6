"""Migrations as Flyway scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dbengineer.tools.migrations import statements

if TYPE_CHECKING:
    from dbengineer.tools.migrations.draft import Unit

CONF = """# CREATE INDEX CONCURRENTLY would wait for ever for the lock that Flyway holds in an open transaction.
flyway.postgresql.transactional.lock=false
# The scripts are run as they are written: ${…} in a text is no placeholder.
flyway.placeholderReplacement=false
"""
ALONE = "executeInTransaction=false\nplaceholderReplacement=false\n"


def scripts(units: Sequence[Unit]) -> dict[str, str]:
    """The scripts by path: V to make a change, U for its way back, .conf where no transaction may hold it."""
    found = {"flyway.conf": CONF}
    for unit in units:
        found |= _script(f"V{unit.number}__{unit.slug}.sql", unit, unit.up)
        if unit.down:
            found |= _script(f"U{unit.number}__{unit.slug}.sql", unit, unit.down)
    return found


def rollback(units: Sequence[Unit], first: int) -> dict[str, str]:
    """The ways back as further scripts, for the edition without undo: the last change first, numbered from `first`."""
    found: dict[str, str] = {}
    back = [unit for unit in reversed(units) if unit.down]
    for number, unit in enumerate(back, first):
        found |= _script(f"V{number}__take_back_{unit.slug}.sql", unit, unit.down)
    return found


def _script(path: str, unit: Unit, every: Sequence[str]) -> dict[str, str]:
    alone = any(statements.alone(s) for s in every)
    head = f"-- {' '.join(unit.title.split())}\n"
    if not alone:
        head += "SET LOCAL lock_timeout = '5s';\n"
    text = head + "".join(f"{s};\n" for s in every)
    return {path: text, f"{path}.conf": ALONE} if alone else {path: text}
