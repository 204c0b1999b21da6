"""Indexes: built and dropped beside reads and writes; another definition stands before the old one goes."""

from __future__ import annotations

import re

from dbengineer.tools.migrations.drafting.parts import Draft, Part, single
from dbengineer.tools.migrations.drafting.state import Index, Table
from dbengineer.tools.scratch.database import quoted

HEAD = re.compile(r'^(CREATE (?:UNIQUE )?INDEX) ((?:"(?:[^"]|"")*"|\S)+) ON (ONLY )?')


def concurrently(definition: str, name: str = "") -> str:
    """The definition of an index as the statement that builds it beside reads and writes, under another `name`."""
    return HEAD.sub(lambda m: f"{m[1]} CONCURRENTLY {quoted(name) if name else m[2]} ON ", definition)


def unnamed(index: Index) -> str:
    """The definition without the name."""
    return HEAD.sub(r"\1 ON ", index.definition)


def added(table: Table, new: Index) -> Draft:
    """A new index."""
    return Draft(title=f"Add the index {new.name}", parts=(_built(table, new),))


def dropped(table: Table, old: Index) -> Draft:
    """An index that goes."""
    built = _built(table, old)
    return Draft(title=f"Drop the index {old.name}", parts=(Part(up=built.down, down=built.up),), phase="contract")


def changed(table: Table, old: Index, new: Index) -> Draft:
    """Another definition under the same name."""
    title = f"Change the index {new.name}"
    index, other = quoted(table.schema_name, new.name), f"{new.name[:58]}__new"
    if table.kind != "r":
        drop = f"DROP INDEX {index}"
        parts = (Part(up=(drop, new.definition), down=(drop, old.definition)),)
        return Draft(title=title, parts=parts, notes=("an index of a partitioned table cannot be built concurrently",))
    spare = quoted(table.schema_name, other)
    return Draft(
        title=title,
        parts=(
            Part(up=(concurrently(new.definition, other),), down=(f"DROP INDEX CONCURRENTLY {spare}",)),
            Part(up=(f"DROP INDEX CONCURRENTLY {index}",), down=(concurrently(old.definition),)),
            Part(
                up=(f"ALTER INDEX {spare} RENAME TO {quoted(new.name)}",),
                down=(f"ALTER INDEX {index} RENAME TO {quoted(other)}",),
            ),
        ),
    )


def renamed(table: Table, old: Index, new: Index) -> Draft:
    """The same index under another name."""
    names = [quoted(table.schema_name, old.name), quoted(table.schema_name, new.name)]
    up = f"ALTER INDEX {names[0]} RENAME TO {quoted(new.name)}"
    return single(f"Rename the index {old.name}", up, f"ALTER INDEX {names[1]} RENAME TO {quoted(old.name)}")


def _built(table: Table, index: Index) -> Part:
    name = quoted(table.schema_name, index.name)
    if table.kind != "r":
        return Part(up=(index.definition,), down=(f"DROP INDEX {name}",))
    return Part(up=(concurrently(index.definition),), down=(f"DROP INDEX CONCURRENTLY {name}",))
