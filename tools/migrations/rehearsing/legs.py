"""The ways of a migration, up and down, as whoever runs it would go them."""

from __future__ import annotations

from typing import Protocol

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.rehearsing.scripts import Block, Migration
from dbengineer.tools.migrations.rehearsing.session import Ran, Session
from dbengineer.tools.scratch.database import Database


class Leg(Fact):
    """One way as it was gone: the transactions that were run, and the server's words where it failed."""

    blocks: tuple[Block, ...]
    error: str = ""
    failed: str = ""
    """The statement that failed."""
    ran: tuple[Ran, ...] = ()
    """What was seen of the statements, where they were watched."""


class Legs(Protocol):
    """Something that can be migrated up and down on a database."""

    name: str
    reversible: bool
    traps: tuple[str, ...]
    notes: tuple[str, ...]

    def up(self, database: Database) -> Leg:
        """Goes up."""

    def down(self, database: Database) -> Leg:
        """Goes back."""


class Scripted:
    """A migration that is SQL."""

    def __init__(self, migration: Migration) -> None:
        self.migration = migration
        self.name = migration.name
        self.reversible = bool(migration.down)
        self.traps = migration.traps
        self.notes = migration.notes

    def up(self, database: Database) -> Leg:
        """Runs the statements of the way up."""
        return _run(database, self.migration.up)

    def down(self, database: Database) -> Leg:
        """Runs the statements of the way back."""
        return _run(database, self.migration.down)


def _run(database: Database, blocks: tuple[Block, ...]) -> Leg:
    session = Session(database)
    try:
        ran = session.run_all(blocks)
    finally:
        session.close()
    failed = next((r.step for r in ran if r.step.error), None)
    return Leg(blocks=blocks, error=failed.error if failed else "", failed=failed.statement if failed else "", ran=ran)
