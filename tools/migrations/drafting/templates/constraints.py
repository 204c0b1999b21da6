"""Constraints: promised first, checked beside reads and writes; unique ones on an index that was built beside them."""

from __future__ import annotations

import re

from dbengineer.tools.migrations.drafting.parts import Draft, Part, single
from dbengineer.tools.migrations.drafting.state import Constraint, Table
from dbengineer.tools.migrations.drafting.templates.indexes import concurrently
from dbengineer.tools.scratch.database import quoted

SCANNED = ("c", "f")
INDEXED = ("p", "u")


def added(table: Table, new: Constraint) -> Draft:
    """A new constraint."""
    title = f"Add {new.name} to {table.qualified}"
    alter, name = f"ALTER TABLE {table.qualified}", quoted(new.name)
    drop = f"{alter} DROP CONSTRAINT {name}"
    if new.kind in SCANNED and _enforced(new):
        return Draft(title=title, parts=_promised(table, new, new.name), phase="contract")
    if new.kind in INDEXED and table.kind == "r":
        index = quoted(table.schema_name, new.name)
        parts = (
            Part(up=(concurrently(new.index),), down=(f"DROP INDEX CONCURRENTLY IF EXISTS {index}",)),
            Part(up=(f"{alter} ADD CONSTRAINT {name} {_using(new, new.name)}",), down=(drop,)),
        )
        return Draft(title=title, parts=parts, phase="contract")
    note = ["PostgreSQL builds an exclusion constraint under an exclusive lock"] if new.kind == "x" else []
    return single(title, f"{alter} ADD CONSTRAINT {name} {new.definition}", drop, *note, phase="contract")


def dropped(table: Table, old: Constraint) -> Draft:
    """A constraint that goes; the way back checks all rows again."""
    alter, name = f"ALTER TABLE {table.qualified}", quoted(old.name)
    return single(
        f"Drop {old.name} of {table.qualified}",
        f"{alter} DROP CONSTRAINT {name}",
        f"{alter} ADD CONSTRAINT {name} {old.definition}",
        "the way back fails once there are rows that break it, and checks all of them under its lock",
        phase="contract",
    )


def changed(table: Table, old: Constraint, new: Constraint) -> Draft:
    """Another definition under the same name: the new one stands before the old one goes."""
    title = f"Change {new.name} of {table.qualified}"
    alter, name = f"ALTER TABLE {table.qualified}", quoted(new.name)
    if _bare(old) == _bare(new) and new.valid and old.kind in SCANNED and _enforced(old):
        again = (f"{alter} DROP CONSTRAINT {name}", f"{alter} ADD CONSTRAINT {name} {old.definition}")
        return Draft(title=title, parts=(Part(up=(f"{alter} VALIDATE CONSTRAINT {name}",), down=again),))
    if {old.kind, new.kind} <= set(SCANNED) and _enforced(old) and _enforced(new):
        return Draft(title=title, parts=_swapped(table, old, new), phase="contract")
    if old.kind in INDEXED and new.kind in INDEXED and table.kind == "r":
        return _rebuilt(table, old, new, title)
    drop, add = f"{alter} DROP CONSTRAINT {name}", f"{alter} ADD CONSTRAINT {name}"
    parts = (Part(up=(drop, f"{add} {new.definition}"), down=(drop, f"{add} {old.definition}")),)
    return Draft(title=title, parts=parts, phase="contract", notes=("all rows are checked under an exclusive lock",))


def renamed(table: Table, old: Constraint, new: Constraint) -> Draft:
    """The same constraint under another name."""
    rename, names = f"ALTER TABLE {table.qualified} RENAME CONSTRAINT", (quoted(old.name), quoted(new.name))
    up, down = f"{rename} {names[0]} TO {names[1]}", f"{rename} {names[1]} TO {names[0]}"
    return single(f"Rename {old.name} of {table.qualified}", up, down)


def _enforced(constraint: Constraint) -> bool:
    return "NOT ENFORCED" not in constraint.definition


def _bare(constraint: Constraint) -> str:
    return constraint.definition.removesuffix(" NOT VALID")


def _promised(table: Table, new: Constraint, name: str) -> tuple[Part, ...]:
    alter, called = f"ALTER TABLE {table.qualified}", quoted(name)
    promise = Part(
        up=(f"{alter} ADD CONSTRAINT {called} {_bare(new)} NOT VALID",), down=(f"{alter} DROP CONSTRAINT {called}",)
    )
    return (promise, Part(up=(f"{alter} VALIDATE CONSTRAINT {called}",))) if new.valid else (promise,)


def _swapped(table: Table, old: Constraint, new: Constraint) -> tuple[Part, ...]:
    alter, name, other = f"ALTER TABLE {table.qualified}", quoted(new.name), quoted(f"{new.name[:58]}__new")
    promise, *check = _promised(table, new, f"{new.name[:58]}__new")
    checked = [Part(up=c.up, down=(f"{alter} VALIDATE CONSTRAINT {name}",) if old.valid else ()) for c in check]
    swap = Part(
        up=(f"{alter} DROP CONSTRAINT {name}", f"{alter} RENAME CONSTRAINT {other} TO {name}"),
        down=(
            f"{alter} RENAME CONSTRAINT {name} TO {other}",
            f"{alter} ADD CONSTRAINT {name} {_bare(old)} NOT VALID",
        ),
    )
    return (promise, *checked, swap)


def _using(constraint: Constraint, index: str) -> str:
    """The constraint on an index that is there: what stands after its columns is said again."""
    kind = "PRIMARY KEY" if constraint.kind == "p" else "UNIQUE"
    tail = re.search(r"(DEFERRABLE.*)$", constraint.definition)
    return f"{kind} USING INDEX {quoted(index)}" + (f" {tail[1]}" if tail else "")


def _rebuilt(table: Table, old: Constraint, new: Constraint, title: str) -> Draft:
    alter, name, other = f"ALTER TABLE {table.qualified}", quoted(new.name), f"{new.name[:58]}__new"
    index = quoted(table.schema_name, other)
    build = Part(
        up=(concurrently(new.index, other),),
        down=(f"DROP INDEX CONCURRENTLY IF EXISTS {index}",),
    )
    swap = Part(
        up=(f"{alter} DROP CONSTRAINT {name}", f"{alter} ADD CONSTRAINT {name} {_using(new, other)}"),
        down=(f"{alter} DROP CONSTRAINT {name}", f"{alter} ADD CONSTRAINT {name} {old.definition}"),
    )
    return Draft(
        title=title, parts=(build, swap), phase="contract", notes=("the way back builds its index under a lock",)
    )
