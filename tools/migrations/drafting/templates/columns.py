"""Columns: added, dropped, retyped, made required, given another default, identity or expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbengineer.tools.migrations.drafting.parts import Draft, Part, single
from dbengineer.tools.migrations.drafting.state import Column, Table
from dbengineer.tools.migrations.drafting.templates.backfill import backfill
from dbengineer.tools.scratch.database import quoted

VOLATILE = re.compile(
    r"\b(random|gen_random_uuid|uuidv4|uuidv7|clock_timestamp|timeofday|nextval|uuid_generate_v\w+)\(", re.I
)
IDENTITY = {"a": "ALWAYS", "d": "BY DEFAULT"}
STORED = {"s": "STORED", "v": "VIRTUAL"}


def definition(column: Column, *, required: bool = True) -> str:
    """A column as CREATE TABLE and ADD COLUMN have it."""
    words = [quoted(column.name), column.type]
    words += [f"COLLATE {column.collation}"] if column.collation else []
    if column.generated:
        words.append(f"GENERATED ALWAYS AS ({column.default}) {STORED[column.generated]}")
    elif column.identity:
        words.append(f"GENERATED {IDENTITY[column.identity]} AS IDENTITY")
    elif column.default:
        words.append(f"DEFAULT {column.default}")
    if column.required and required:
        words.append(f"CONSTRAINT {quoted(column.required_name)} NOT NULL" if column.required_name else "NOT NULL")
    return " ".join(words)


def added(table: Table, column: Column, version: int) -> Draft:
    """A new column; where its default is another one for every row, it is filled in batches instead of a rewrite."""
    name = f"{table.qualified}.{column.name}"
    drop = f"ALTER TABLE {table.qualified} DROP COLUMN {quoted(column.name)}"
    back = "the way back drops what was written into the column since"
    fills = (column.volatile or VOLATILE.search(column.default)) and not (column.generated or column.identity)
    if fills and not re.match(r"nextval\(", column.default):
        return Draft(title=f"Add {name}", parts=tuple(_filled(table, column, version)), notes=(back,))
    notes = [back]
    if column.generated == "s" or column.identity or column.default.startswith("nextval("):
        notes.append("PostgreSQL writes the whole table again for such a column; on a big one choose a quiet hour")
    if column.required and not (column.default or column.identity or column.generated):
        return _unfilled(table, column, version, back)
    add = f"ALTER TABLE {table.qualified} ADD COLUMN {definition(column)}"
    return single(f"Add {name}", add, drop, *notes)


def _filled(table: Table, column: Column, version: int) -> Iterator[Part]:
    name = quoted(column.name)
    plain = column.model_copy(update={"default": "", "required": False})
    alter = f"ALTER TABLE {table.qualified} ALTER COLUMN {name}"
    yield Part(
        up=(
            f"ALTER TABLE {table.qualified} ADD COLUMN {definition(plain)}",
            f"{alter} SET DEFAULT {column.default}",
        ),
        down=(f"ALTER TABLE {table.qualified} DROP COLUMN {name}",),
    )
    yield Part(up=(backfill(table, column.name, column.default),))
    if column.required:
        yield from _required(table, column, version)


def _unfilled(table: Table, column: Column, version: int, back: str) -> Draft:
    """A required column without any default: nobody but a person knows what the rows that are there should hold."""
    add = f"ALTER TABLE {table.qualified} ADD COLUMN {definition(column, required=False)}"
    drop = f"ALTER TABLE {table.qualified} DROP COLUMN {quoted(column.name)}"
    return Draft(
        title=f"Add {table.qualified}.{column.name}",
        parts=(Part(up=(add,), down=(drop,)), *_required(table, column, version)),
        notes=(
            back,
            f"{column.name} is required and has no default: fill it in all rows that are there after the first part "
            "and before the last ones, which fail otherwise",
        ),
    )


def dropped(table: Table, column: Column) -> Draft:
    """A column that goes, after the code that names it; its data goes with it."""
    drop = f"ALTER TABLE {table.qualified} DROP COLUMN {quoted(column.name)}"
    add = f"ALTER TABLE {table.qualified} ADD COLUMN {definition(column, required=not _empty_fails(column))}"
    return single(
        f"Drop {table.qualified}.{column.name}",
        drop,
        add,
        "deploy the code that no longer names the column first; the way back brings it back empty",
        phase="contract",
    )


def _empty_fails(column: Column) -> bool:
    return column.required and not (column.default or column.identity or column.generated)


def changed(table: Table, old: Column, new: Column, version: int) -> Iterator[Draft]:
    """The drafts for everything in which a column differs, but for its comment."""
    if old.generated or new.generated:
        if (old.type, old.default, old.generated) != (new.type, new.default, new.generated):
            yield _generated(table, old, new, version)
    elif old.type != new.type or old.collation != new.collation:
        yield _retyped(table, old, new)
    elif old.default != new.default:
        yield _default(table, old, new)
    if old.identity != new.identity:
        yield _identity(table, old, new)
    if (old.required, old.required_valid) != (new.required, new.required_valid):
        yield _nullability(table, old, new, version)
    elif old.required_name != new.required_name and version >= 180000:
        rename = "ALTER TABLE {0} RENAME CONSTRAINT {1} TO {2}"
        names = (quoted(old.required_name), quoted(new.required_name))
        yield single(
            f"Rename the NOT NULL of {table.qualified}.{new.name}",
            rename.format(table.qualified, *names),
            rename.format(table.qualified, *names[::-1]),
        )


def _retyped(table: Table, old: Column, new: Column) -> Draft:
    """Another type; generated columns that are made from it cannot stay meanwhile."""
    tied = [c for c in table.columns if c.generated and re.search(rf"\b{re.escape(old.name)}\b", c.default)]
    notes = ["clients that prepared SELECT * have to reconnect"]
    if narrower := _narrower(old.type, new.type):
        notes.append(f"the way back refuses values that {narrower}")
    return Draft(
        title=f"{table.qualified}.{old.name} becomes {new.type}",
        parts=(Part(up=_type(table, old, new, tied), down=_type(table, new, old, tied)),),
        notes=tuple(notes),
    )


def _type(table: Table, old: Column, new: Column, tied: list[Column]) -> tuple[str, ...]:
    alter = f"ALTER TABLE {table.qualified} ALTER COLUMN {quoted(new.name)}"
    collate = f" COLLATE {new.collation}" if new.collation else ""
    both = {old.type.replace("out time zone", " time zone"), new.type.replace("out time zone", " time zone")}
    zone = len(both) == 1 and old.type != new.type
    cast = "" if zone else f" USING {quoted(new.name)}::{new.type}"
    lines = ["SET LOCAL timezone = 'UTC'"] if zone else []  # in UTC the stored values stay as they are: no rewrite
    lines += [f"ALTER TABLE {table.qualified} DROP COLUMN {quoted(c.name)}" for c in tied]
    lines += [f"{alter} DROP DEFAULT"] if old.default and old.default != new.default else []
    lines.append(f"{alter} TYPE {new.type}{collate}{cast}")
    lines += [f"{alter} SET DEFAULT {new.default}"] if new.default and old.default != new.default else []
    lines += [f"ALTER TABLE {table.qualified} ADD COLUMN {definition(c)}" for c in tied]
    return tuple(lines)


def _narrower(old: str, new: str) -> str:
    sizes = [int(n) for n in re.findall(r"\((\d+)", old)]
    return f"no longer fit {old}" if sizes and old.partition("(")[0] == new.partition("(")[0] else ""


def _default(table: Table, old: Column, new: Column) -> Draft:
    alter = f"ALTER TABLE {table.qualified} ALTER COLUMN {quoted(new.name)}"

    def to(column: Column) -> str:
        return f"{alter} SET DEFAULT {column.default}" if column.default else f"{alter} DROP DEFAULT"

    return single(f"Default of {table.qualified}.{new.name}", to(new), to(old))


def _identity(table: Table, old: Column, new: Column) -> Draft:
    alter = f"ALTER TABLE {table.qualified} ALTER COLUMN {quoted(new.name)}"

    def to(before: Column, after: Column) -> str:
        if not after.identity:
            return f"{alter} DROP IDENTITY"
        kind = IDENTITY[after.identity]
        return f"{alter} SET GENERATED {kind}" if before.identity else f"{alter} ADD GENERATED {kind} AS IDENTITY"

    return single(f"Identity of {table.qualified}.{new.name}", to(old, new), to(new, old))


def _generated(table: Table, old: Column, new: Column, version: int) -> Draft:
    same = old.generated == new.generated and old.type == new.type and version >= 170000
    name = quoted(new.name)
    if same:
        alter = f"ALTER TABLE {table.qualified} ALTER COLUMN {name} SET EXPRESSION AS"
        parts = Part(up=(f"{alter} ({new.default})",), down=(f"{alter} ({old.default})",))
    else:
        drop = f"ALTER TABLE {table.qualified} DROP COLUMN {name}"
        add = f"ALTER TABLE {table.qualified} ADD COLUMN "
        parts = Part(up=(drop, add + definition(new)), down=(drop, add + definition(old)))
    notes = [] if new.generated == "v" else ["PostgreSQL writes the whole table again for a stored expression"]
    return Draft(title=f"What {table.qualified}.{new.name} is made from", parts=(parts,), notes=tuple(notes))


def _nullability(table: Table, old: Column, new: Column, version: int) -> Draft:
    alter = f"ALTER TABLE {table.qualified} ALTER COLUMN {quoted(new.name)}"
    name = f"{table.qualified}.{new.name}"
    if old.required and not new.required:
        named = f"ALTER TABLE {table.qualified} ADD CONSTRAINT {quoted(old.required_name)} NOT NULL {quoted(new.name)}"
        back = named if old.required_name and version >= 180000 else f"{alter} SET NOT NULL"
        return single(f"{name} may be NULL", f"{alter} DROP NOT NULL", back, "the way back fails once there are NULLs")
    if old.required and old.required_name:
        check = f"ALTER TABLE {table.qualified} VALIDATE CONSTRAINT {quoted(old.required_name)}"
        back = f"{alter} DROP NOT NULL"
        again = f"ALTER TABLE {table.qualified} ADD CONSTRAINT {quoted(old.required_name)} NOT NULL {quoted(new.name)}"
        return Draft(title=f"{name} is checked", parts=(Part(up=(check,), down=(back, f"{again} NOT VALID")),))
    return Draft(
        title=f"{name} is required",
        parts=tuple(_required(table, new, version)),
        phase="contract",
        notes=("deploy the code that always fills it first",),
    )


def _required(table: Table, column: Column, version: int) -> Iterator[Part]:
    """NOT NULL without a scan under an exclusive lock: promised first, checked afterwards beside reads and writes."""
    name, alter = quoted(column.name), f"ALTER TABLE {table.qualified}"
    if version >= 180000:
        constraint = quoted(column.required_name or f"{table.name}_{column.name}_not_null"[:63])
        promise = f"{alter} ADD CONSTRAINT {constraint} NOT NULL {name} NOT VALID"
        yield Part(up=(promise,), down=(f"{alter} DROP CONSTRAINT {constraint}",))
        if column.required_valid:
            yield Part(up=(f"{alter} VALIDATE CONSTRAINT {constraint}",))
        return
    check = quoted(f"{table.name}_{column.name}_filled"[:63])
    yield Part(
        up=(f"{alter} ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID",),
        down=(f"{alter} DROP CONSTRAINT IF EXISTS {check}",),
    )
    yield Part(up=(f"{alter} VALIDATE CONSTRAINT {check}",))
    yield Part(
        up=(f"{alter} ALTER COLUMN {name} SET NOT NULL", f"{alter} DROP CONSTRAINT {check}"),
        down=(f"{alter} ALTER COLUMN {name} DROP NOT NULL",),
    )
