"""Whole tables and what is written about them: made, dropped, renamed, commented on."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.drafting.parts import Draft, Part, single
from dbengineer.tools.migrations.drafting.state import Column, Table
from dbengineer.tools.migrations.drafting.templates import columns
from dbengineer.tools.scratch.database import quoted


def created(table: Table) -> Draft:
    """A new table with all but its foreign keys, which need the other table to be there."""
    drop = f"DROP TABLE {table.qualified}"
    return Draft(title=f"Make {table.qualified}", parts=(Part(up=tuple(_create(table)), down=(drop,)),))


def dropped(table: Table) -> Draft:
    """A table that goes, after the code that names it; its rows go with it."""
    return Draft(
        title=f"Drop {table.qualified}",
        parts=(Part(up=(f"DROP TABLE {table.qualified}",), down=tuple(_whole(table))),),
        phase="contract",
        notes=("deploy the code that no longer names the table first; the way back brings it back empty",),
    )


def renamed(old: Table, new: Table) -> Draft:
    """A table under another name."""
    up = f"ALTER TABLE {old.qualified} RENAME TO {quoted(new.name)}"
    down = f"ALTER TABLE {new.qualified} RENAME TO {quoted(old.name)}"
    note = "taken for a rename, since both have the same columns; code that runs with the old name fails at once"
    return single(f"Rename {old.qualified} to {new.name}", up, down, note, phase="contract")


def column_renamed(table: Table, old: Column, new: Column) -> Draft:
    """A column under another name."""
    rename, names = f"ALTER TABLE {table.qualified} RENAME COLUMN", (quoted(old.name), quoted(new.name))
    note = "taken for a rename, since both are alike; code that runs with the old name fails at once"
    up, down = f"{rename} {names[0]} TO {names[1]}", f"{rename} {names[1]} TO {names[0]}"
    return single(f"Rename {table.qualified}.{old.name} to {new.name}", up, down, note, phase="contract")


def sequence_renamed(old: tuple[str, str], new: tuple[str, str]) -> Draft:
    """The sequence behind a column under another name."""
    up = f"ALTER SEQUENCE {quoted(*old)} RENAME TO {quoted(new[1])}"
    return single(f"Rename {old[1]}", up, f"ALTER SEQUENCE {quoted(*new)} RENAME TO {quoted(old[1])}")


def options(old: Table, new: Table) -> Draft:
    """Other storage parameters."""
    return Draft(
        title=f"Storage parameters of {new.qualified}",
        parts=(Part(up=tuple(_options(old, new)), down=tuple(_options(new, old))),),
    )


def comment(what: str, name: str, old: str, new: str) -> Draft:
    """Another comment."""
    say = f"COMMENT ON {what} {name} IS"
    return single(f"Comment on {name}", f"{say} {_text(new)}", f"{say} {_text(old)}")


def _create(table: Table) -> Iterator[str]:
    for column, (schema, name) in table.sequences.items():
        if (found := table.column(column)) and not found.identity:
            yield f"CREATE SEQUENCE {quoted(schema, name)}"
    lines = [columns.definition(c) for c in table.columns]
    lines += [
        f"CONSTRAINT {quoted(k.name)} {k.definition}" for k in table.constraints if k.kind != "f" and k.kind != "n"
    ]
    with_options = f" WITH ({table.options})" if table.options else ""
    yield f"CREATE TABLE {table.qualified} (\n    " + ",\n    ".join(lines) + f"\n){with_options}"
    for column, (schema, name) in table.sequences.items():
        if (found := table.column(column)) and not found.identity:
            yield f"ALTER SEQUENCE {quoted(schema, name)} OWNED BY {table.qualified}.{quoted(column)}"
    yield from (i.definition for i in table.indexes)


def _whole(table: Table) -> Iterator[str]:
    yield from _create(table)
    for k in table.constraints:
        if k.kind == "f":
            yield f"ALTER TABLE {table.qualified} ADD CONSTRAINT {quoted(k.name)} {k.definition}"
    if table.comment:
        yield f"COMMENT ON TABLE {table.qualified} IS {_text(table.comment)}"
    for c in table.columns:
        if c.comment:
            yield f"COMMENT ON COLUMN {table.qualified}.{quoted(c.name)} IS {_text(c.comment)}"


def _options(old: Table, new: Table) -> Iterator[str]:
    before, after = (_pairs(t.options) for t in (old, new))
    gone = [name for name in before if name not in after]
    if gone:
        yield f"ALTER TABLE {new.qualified} RESET ({', '.join(gone)})"
    if set_ := [f"{n} = {v}" for n, v in after.items() if before.get(n) != v]:
        yield f"ALTER TABLE {new.qualified} SET ({', '.join(set_)})"


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(", ") if "=" in pair)


def _text(comment: str) -> str:
    return "'" + comment.replace("'", "''") + "'" if comment else "NULL"
