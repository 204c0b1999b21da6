"""Locks in words: what each mode keeps others from doing, and the work that is done while it is held."""

from __future__ import annotations

import re

from dbengineer.tools.facts import Fact
from dbengineer.tools.schema.catalog import Schema

# From the weakest to the strongest, as the chapter "Explicit Locking" of PostgreSQL's documentation has them.
BLOCKS: dict[str, str] = {
    "AccessShareLock": "nothing but ACCESS EXCLUSIVE",
    "RowShareLock": "nothing that applications do",
    "RowExclusiveLock": "index builds and changes of the table, no reads or writes",
    "ShareUpdateExclusiveLock": "vacuum and changes of the table, no reads or writes",
    "ShareLock": "writes",
    "ShareRowExclusiveLock": "writes",
    "ExclusiveLock": "writes",
    "AccessExclusiveLock": "reads and writes",
}
STRENGTH = {mode: strength for strength, mode in enumerate(BLOCKS)}
WORK = (
    (re.compile(r'rewriting table "(.+)"$'), "rewrite"),
    (re.compile(r'verifying table "(.+)"$'), "full scan"),
    (re.compile(r'validating foreign key constraint ".+"$'), "full scan to validate a foreign key"),
    (re.compile(r'building index ".+" on table "(.+?)"'), "index build"),
)


class Held(Fact):
    """The strongest lock that a statement took on a relation that was there before it."""

    mode: str
    relation: str


def spelled(mode: str) -> str:
    """A mode as the documentation writes it: ACCESS EXCLUSIVE."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", mode.removesuffix("Lock")).upper()


def described(held: Held) -> str:
    """A lock in words that a reviewer reads."""
    return f"{spelled(held.mode)} on {held.relation}: blocks {BLOCKS[held.mode]}"


def strongest(modes: list[tuple[str, str]]) -> tuple[Held, ...]:
    """The strongest mode for each relation, from (relation, mode) pairs; the strongest first."""
    best: dict[str, str] = {}
    for relation, mode in modes:
        if mode in STRENGTH and STRENGTH[mode] >= STRENGTH.get(best.get(relation, ""), -1):
            best[relation] = mode
    held = [Held(mode=mode, relation=relation) for relation, mode in best.items()]
    return tuple(sorted(held, key=lambda h: (-STRENGTH[h.mode], h.relation)))


def work(notices: list[str], locked: tuple[Held, ...], subject: str) -> tuple[str, ...]:
    """The work that grows with a table, from the server's DEBUG1 messages: "index build: public.orders".

    `subject` is the name of the table that the statement is about, for messages that name none.
    """
    names = {h.relation.rsplit(".", 1)[-1].strip('"'): h.relation for h in locked}
    found = []
    for notice in notices:
        for pattern, what in WORK:
            if match := pattern.match(notice):
                table = match[1] if match.groups() else subject
                found.append(f"{what}: {names.get(table, table)}")
    return tuple(dict.fromkeys(f for f in found if "pg_toast" not in f))


def at_size(work: str, schema: Schema) -> str:
    """The same work at the size of the target; seconds are not promised, since the disks there are not these."""
    what, _, name = work.partition(": ")
    table = schema.table(name)
    if table is None:
        return work
    return f"{what} of {name}, a table of {table.rows:,} rows ({size(table.bytes)})"


def size(count: int) -> str:
    """Bytes in the unit that people read."""
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
