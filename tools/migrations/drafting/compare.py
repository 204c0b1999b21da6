"""From the schema that is there to the desired one, phase by phase on a working copy, so that each sees the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.drafting.parts import Draft, Part, single
from dbengineer.tools.migrations.drafting.state import Constraint, Index, State, Table, read
from dbengineer.tools.migrations.drafting.templates import columns, constraints, indexes, tables, types
from dbengineer.tools.migrations.rehearse import difference
from dbengineer.tools.migrations.rehearsing.scripts import Block
from dbengineer.tools.migrations.rehearsing.session import apply
from dbengineer.tools.migrations.statements import alone
from dbengineer.tools.schema.fingerprint import Snapshot, snapshot
from dbengineer.tools.scratch.database import Database, quoted

Named = TypeVar("Named", Constraint, Index)
Phase = Callable[[State, State, int], Iterator[Draft]]


class Drafted(Fact):
    """The drafts in order; `remaining` is what of the difference no template covers, `failed` where one broke down."""

    drafts: tuple[Draft, ...]
    remaining: str = ""
    failed: str = ""


def drafted(working: Database, desired: Database, version: int) -> Drafted:
    """The changes that lead from `working`, a copy that is changed meanwhile, to the schema of `desired`.

    `version` is that of the server they are for, such as 160004.
    """
    wanted = read(desired)
    found: list[Draft] = []
    for phase in PHASES:
        for draft in phase(read(working), wanted, version):
            # One at a time: what comes next may be read from what the last one made of it.
            if failed := _apply(working, draft):
                return Drafted(drafts=(*found, draft), failed=f"{draft.title}: {failed}")
            found.append(draft)
    remaining = difference(_comparable(desired, version), _comparable(working, version))
    return Drafted(drafts=tuple(found), remaining=remaining)


def _comparable(database: Database, version: int) -> Snapshot:
    """What is there; before 18 a NOT NULL had no name, so that of the copy's does not count."""
    now = snapshot(database)
    named = version >= 180000
    return Snapshot(lines=frozenset(line for line in now.lines if named or ": NOT NULL " not in line))


def blocks(parts: tuple[Part, ...], way: str) -> tuple[Block, ...]:
    """The transactions of parts, up in order or down in reverse."""
    ways = [p.up for p in parts] if way == "up" else [p.down for p in reversed(parts)]
    found: list[Block] = []
    for statements in ways:
        if any(alone(s) for s in statements):
            found += [Block(statements=(s,), transaction=not alone(s)) for s in statements]
        elif statements:
            found.append(Block(statements=statements, transaction=True))
    return tuple(found)


def _apply(working: Database, draft: Draft) -> str:
    return apply(working, blocks(draft.parts, "up"))


def _types(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name in wanted.schemas:
        if name not in there.schemas:
            yield single(f"Make the schema {name}", f"CREATE SCHEMA {quoted(name)}", f"DROP SCHEMA {quoted(name)}")
    for name, enum in wanted.enums.items():
        if name not in there.enums:
            yield types.created(enum)
        elif there.enums[name].labels != enum.labels:
            yield types.changed(there.enums[name], enum)
    for name, sequence in wanted.sequences.items():
        if name not in there.sequences:
            yield types.sequence_created(sequence)
        elif there.sequences[name] != sequence:
            yield types.sequence_changed(there.sequences[name], sequence)


def _table_renames(there: State, wanted: State, version: int) -> Iterator[Draft]:
    gone = [t for name, t in there.tables.items() if name not in wanted.tables]
    new = [t for name, t in wanted.tables.items() if name not in there.tables]
    for old in gone:
        alike = [t for t in new if _shape(t) == _shape(old) and t.schema_name == old.schema_name]
        if len(alike) == 1 and sum(_shape(o) == _shape(old) for o in gone) == 1:
            yield tables.renamed(old, alike[0])


def _shape(table: Table) -> tuple[object, ...]:
    return (table.kind, *((c.name, c.type, c.required, c.generated) for c in table.columns))


def _renames(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name, table in there.tables.items():
        new = wanted.tables.get(name)
        if new is None:
            continue
        lost = [c for c in table.columns if new.column(c.name) is None]
        come = [c for c in new.columns if table.column(c.name) is None]
        same = ("type", "required", "default", "identity", "generated", "collation")
        if len(lost) == len(come) == 1 and all(getattr(lost[0], a) == getattr(come[0], a) for a in same):
            yield tables.column_renamed(table, lost[0], come[0])


def _names(there: State, wanted: State, version: int) -> Iterator[Draft]:
    """What is the same under another name, after tables and columns have theirs."""
    for name, table in there.tables.items():
        new = wanted.tables.get(name)
        if new is None:
            continue
        for column, owned in table.sequences.items():
            if new.sequences.get(column, owned) != owned and new.sequences[column][0] == owned[0]:
                yield tables.sequence_renamed(owned, new.sequences[column])
        for one, other in _moved(table.constraints, new.constraints, lambda k: k.definition + k.kind):
            yield constraints.renamed(table, one, other)
        for index, like in _moved(table.indexes, new.indexes, indexes.unnamed):
            yield indexes.renamed(table, index, like)


def _moved(
    old: tuple[Named, ...], new: tuple[Named, ...], what: Callable[[Named], str]
) -> Iterator[tuple[Named, Named]]:
    before, after = {o.name for o in old}, {n.name for n in new}
    for one in old:
        alike = [n for n in new if what(n) == what(one) and n.name not in before]
        if one.name not in after and len(alike) == 1:
            yield one, alike[0]


def _columns(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name, new in wanted.tables.items():
        old = there.tables.get(name)
        if old is None:
            if new.kind == "r":
                yield tables.created(new)
            continue
        for column in new.columns:
            before = old.column(column.name)
            if before is None:
                yield columns.added(new, column, version)
            else:
                yield from columns.changed(old, before, column, version)
        if old.options != new.options:
            yield tables.options(old, new)


def _dropped_constraints(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name, table in there.tables.items():
        new = wanted.tables.get(name)
        names = {k.name for k in new.constraints} if new else set()
        for old in table.constraints:
            if old.name not in names and (new or old.kind == "f"):
                yield constraints.dropped(table, old)


def _constraints(there: State, wanted: State, version: int) -> Iterator[Draft]:
    kinds = {"p": 0, "u": 1, "c": 2, "x": 3, "f": 4}  # a foreign key needs the key that it refers to
    for kind in kinds:
        for name, new in wanted.tables.items():
            old = there.tables.get(name)
            known = {k.name: k for k in old.constraints} if old else {}
            for constraint in (k for k in new.constraints if k.kind == kind) if old else ():
                before = known.get(constraint.name)
                if before is None:
                    yield constraints.added(new, constraint)
                elif (before.definition, before.valid) != (constraint.definition, constraint.valid):
                    yield constraints.changed(new, before, constraint)


def _indexes(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name, new in wanted.tables.items():
        old = there.tables.get(name)
        known = {i.name: i for i in old.indexes} if old else {}
        for index in new.indexes if old else ():
            before = known.get(index.name)
            if before is None:
                yield indexes.added(new, index)
            elif before.definition != index.definition or not before.valid:
                yield indexes.changed(new, before, index)
        yield from (indexes.dropped(new, i) for i in known.values() if i.name not in {n.name for n in new.indexes})


def _drops(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name, table in there.tables.items():
        new = wanted.tables.get(name)
        if new is None:
            yield tables.dropped(table)
        else:
            yield from (columns.dropped(table, c) for c in table.columns if new.column(c.name) is None)


def _dropped_types(there: State, wanted: State, version: int) -> Iterator[Draft]:
    yield from (types.sequence_dropped(s) for name, s in there.sequences.items() if name not in wanted.sequences)
    yield from (types.dropped(e) for name, e in there.enums.items() if name not in wanted.enums)


def _comments(there: State, wanted: State, version: int) -> Iterator[Draft]:
    for name, new in wanted.tables.items():
        old = there.tables.get(name)
        if old is None:
            continue
        if old.comment != new.comment:
            yield tables.comment("TABLE", name, old.comment, new.comment)
        for column in new.columns:
            before = old.column(column.name)
            if before and before.comment != column.comment:
                called = f"{name}.{quoted(column.name)}"
                yield tables.comment("COLUMN", called, before.comment, column.comment)


PHASES: tuple[Phase, ...] = (
    _types,
    _table_renames,
    _renames,
    _names,
    _columns,
    _dropped_constraints,
    _constraints,
    _indexes,
    _drops,
    _dropped_types,
    _comments,
)
