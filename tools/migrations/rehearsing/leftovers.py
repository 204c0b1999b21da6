"""What a migration leaves behind: where it failed half-way, and where a rerun takes a broken leftover for done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg

from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.rehearse import difference
from dbengineer.tools.migrations.rehearsing.legs import Leg, Legs
from dbengineer.tools.migrations.rehearsing.scripts import Block
from dbengineer.tools.migrations.rehearsing.session import apply
from dbengineer.tools.migrations.rehearsing.verdict import Concern
from dbengineer.tools.schema.fingerprint import Snapshot, snapshot
from dbengineer.tools.scratch.database import Database, quoted

INVALID = """
SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i' ORDER BY 1"""
BREAK = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s) RETURNING 1 AS done"
NEEDS_ROWS = ("query returned no rows", "NoResultFound", "NoneType", "No row was found")


def after_failure(legs: Legs, database: Database, up: Leg, before: Snapshot, after: Snapshot) -> list[Concern]:
    """What is there after a migration failed half-way, and whether the way back or a second try leads out of it."""
    shown = " ".join(up.failed.split())
    why = f"it fails: {up.error}"
    if any(sign in up.error for sign in NEEDS_ROWS):
        why += "; it reads rows that a copy with made-up rows does not hold: rehearse its DDL apart from its data"
    found = [Concern(level="finding", rule="fails", why=why, statement=shown)]
    left = difference(before, after)
    if not left:
        return [*found, Concern(level="note", rule="half_way", why="nothing is left behind: it can be run again")]
    out = [f"what came before is left behind: {left}"]
    again = legs.up(database)
    out.append(f"a second try fails: {again.error}" if again.error else "a second try goes through")
    if legs.reversible:
        out.append(_led_back(legs, database, before))
    return [*found, Concern(level="finding", rule="half_way", why="; ".join(out))]


def _led_back(legs: Legs, database: Database, before: Snapshot) -> str:
    down = legs.down(database)
    if down.error:
        return f"the way back fails from there: {down.error}"
    wrong = difference(before, snapshot(database, roles=True))
    return f"the way back does not restore the schema from there: {wrong}" if wrong else "the way back restores it"


def invalid(database: Database) -> list[Concern]:
    """The indexes that are INVALID after the migration: the planner does not use them and nobody is told."""
    names = [row["name"] for row in database.query(INVALID)]
    return [Concern(level="finding", rule="invalid_index", why=f"it leaves {n} INVALID behind") for n in names]


def tempting(blocks: Sequence[Block], sql: bool) -> bool:
    """Whether there is anything to try in that way."""
    every = [statements.node(s) for block in blocks for s in block.statements]
    return (sql and len(blocks) > 1) or any(k == "index_stmt" and t.concurrent and t.if_not_exists for k, t in every)


def traps(database: Database, blocks: Sequence[Block], sql: bool) -> list[Concern]:
    """What a rerun after an interruption would take for done, tried on a copy on which the migration went through."""
    every = [s for block in blocks for s in block.statements]
    found = list(_concurrent_if_not_exists(database, every))
    if sql and len(blocks) > 1:
        again = apply(database, blocks)
        if again:
            why = f"it commits in {len(blocks)} parts and cannot simply be run again after the first of them: {again}"
            found.append(Concern(level="note", rule="retry", why=why))
    return found


def _concurrent_if_not_exists(database: Database, every: Sequence[str]) -> Iterator[Concern]:
    """Marks the index INVALID, as a build that was interrupted leaves it, and runs the statement again."""
    for number, statement in enumerate(every):
        kind, tree = statements.node(statement)
        name = statements.index_name(statement)
        if kind != "index_stmt" or not (tree.concurrent and tree.if_not_exists) or not name:
            continue
        if any(statements.kind(s) == "drop_stmt" and name[-1] in str(statements.tables(s)) for s in every[:number]):
            continue
        if _still_invalid(database, statement, quoted(*name)):
            doubles = " and lets doubles in" if tree.unique else ""
            why = (
                f"an INVALID {name[-1]}, left by a build that was interrupted, is taken as done: the index stays "
                f"INVALID{doubles}; first DROP INDEX CONCURRENTLY IF EXISTS {name[-1]}"
            )
            yield Concern(level="finding", rule="invalid_leftover", why=why, statement=statement)


def _still_invalid(database: Database, statement: str, name: str) -> bool:
    session = Database(database.name, database.conninfo)
    try:
        session.script("SET allow_system_table_mods = on")
        session.query(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s) RETURNING 1 n", (name,)
        )
        session.script("SET allow_system_table_mods = off")
        session.script(statement)
        rows = session.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (name,))
        return bool(rows) and not rows[0]["indisvalid"]
    except psycopg.Error:
        return False
    finally:
        session.close()
