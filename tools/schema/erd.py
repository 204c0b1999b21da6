"""The entity relationship diagram: as Mermaid text and as a picture that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dbengineer.tools.facts import Fact, Severity
from dbengineer.tools.schema.catalog import ForeignKey, Schema, Table

ALL_COLUMNS, KEY_COLUMNS, MOST_COLUMNS = 60, 300, 36


class Relation(Fact):
    """A foreign key between two tables of the diagram."""

    child: str
    parent: str
    key: ForeignKey
    one_to_one: bool
    optional: bool


def drawn(schema: Schema) -> list[Table]:
    """The tables of the diagram: partitions are parts of their table."""
    return [t for t in schema.tables if t.partition_of is None]


def relations(tables: list[Table]) -> list[Relation]:
    """The foreign keys between tables of the diagram."""
    names = {t.qualified for t in tables}
    return [
        Relation(
            child=t.qualified,
            parent=key.references,
            key=key,
            one_to_one=_unique(t, key.columns),
            optional=any((c := t.column(name)) is not None and c.nullable for name in key.columns),
        )
        for t in tables
        for key in t.foreign_keys
        if key.references in names
    ]


def foreign(table: Table) -> set[str]:
    """The columns that are part of a foreign key."""
    return {name for key in table.foreign_keys for name in key.columns}


def shown_columns(table: Table, how_many: int) -> list[str]:
    """The columns that a diagram of so many tables has room for, keys before all others."""
    keys = set(table.primary_key) | foreign(table)
    if how_many > ALL_COLUMNS:
        return [c.name for c in table.columns if c.name in keys]
    if len(table.columns) <= MOST_COLUMNS:
        return [c.name for c in table.columns]
    room = MOST_COLUMNS - len(keys)
    others = [c.name for c in table.columns if c.name not in keys][: max(room, 0)]
    return [c.name for c in table.columns if c.name in keys or c.name in set(others)]


def mermaid(schema: Schema) -> str:
    """The diagram as Mermaid's erDiagram; names that its grammar does not know are written as quoted aliases."""
    tables = drawn(schema)
    ids = {t.qualified: f"t{number}" for number, t in enumerate(tables)}
    lines = ["erDiagram"]
    for table in tables:
        shown = set(shown_columns(table, len(tables)))
        lines.append(f'    {ids[table.qualified]}["{_label(table.qualified)}"] {{')
        lines += [f"        {_attribute(table, name)}" for name in (c.name for c in table.columns) if name in shown]
        lines.append("    }")
    for relation in relations(tables):
        parent, child = ("|o" if relation.optional else "||"), ("o|" if relation.one_to_one else "o{")
        label = _label(", ".join(relation.key.columns))
        lines.append(f'    {ids[relation.parent]} {parent}--{child} {ids[relation.child]} : "{label}"')
    return "\n".join(lines) + "\n"


def svg(schema: Schema, marks: Mapping[str, Severity] | None = None, title: str = "") -> str:
    """The diagram as a self-contained SVG; `marks` gives tables the severity of the worst finding about them."""
    from dbengineer.tools.schema import overview, picture

    if len(drawn(schema)) > KEY_COLUMNS:
        return overview.draw(schema, marks or {}, title)
    return picture.draw(schema, marks or {}, title)


def _attribute(table: Table, name: str) -> str:
    column = table.column(name)
    assert column is not None
    keys = ["PK"] if name in table.primary_key else []
    keys += ["FK"] if name in foreign(table) else []
    keys += ["UK"] if _unique(table, (name,)) and "PK" not in keys else []
    word = _word(name)
    note = f' "{_label(name)}"' if word != name else ""
    return f"{_word(column.type)} {word}" + (f" {', '.join(keys)}" if keys else "") + note


def _word(text: str) -> str:
    """A text in the letters that Mermaid takes for types and attributes."""
    word = re.sub(r"[^A-Za-z0-9_()\[\]]+", "_", text.replace(",", "_")).strip("_")
    return word if re.match(r"[A-Za-z]", word) else f"c_{word}"


def _label(text: str) -> str:
    """A text between quotes; Mermaid has no escape for a quote but the entity."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean.replace("#", "#35;").replace('"', "#quot;")


def _unique(table: Table, columns: tuple[str, ...]) -> bool:
    keys = [table.primary_key, *(u.columns for u in table.uniques)]
    keys += [i.columns for i in table.indexes if i.unique and i.predicate is None]
    return any(key and set(key) <= set(columns) for key in keys)
