"""The data dictionary: every table with its columns, keys and indexes, to read."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.schema import erd, style
from dbengineer.tools.schema.catalog import Column, Index, Schema, Table


def markdown(schema: Schema, database: str) -> str:
    """The dictionary as Markdown: a table of contents, then a section for each table and view."""
    tables = erd.drawn(schema)
    lines = [f"# The schema of {_cell(database)}", "", _counts(schema), "", f"_{schema.coverage().because}_", ""]
    lines = [line for line in lines if line != "__"]
    lines += ["| table | rows (estimate) | size | columns | references | what it is |", "|---|---:|---:|---:|---|---|"]
    lines += [_overview(t) for t in tables]
    referenced = _referenced(schema)
    for table in tables:
        lines += ["", *_section(table, referenced.get(table.qualified, []), schema)]
    for view in schema.views:
        lines += [
            "",
            f"## {_cell(view.qualified)} ({view.kind} view)".replace("view view", "view"),
            "",
            *_columns(view),
        ]
    if schema.enums:
        lines += ["", "## Enum types", ""]
        lines += [f"- `{_code(e.qualified)}`: {', '.join(_cell(label) for label in e.labels)}" for e in schema.enums]
    return "\n".join(lines) + "\n"


def _counts(schema: Schema) -> str:
    partitions = sum(t.partition_of is not None for t in schema.tables)
    counted = {
        "tables": len(schema.tables) - partitions,
        "partitions": partitions,
        "views": len(schema.views),
        "enum types": len(schema.enums),
        "sequences": len(schema.sequences),
        "functions": schema.functions,
    }
    said = ", ".join(f"{number} {what}" for what, number in counted.items() if number)
    return f"{said or 'No tables'}. Extensions: {', '.join(schema.extensions) or 'none'}."


def _overview(table: Table) -> str:
    others = ", ".join(dict.fromkeys(_cell(k.references) for k in table.foreign_keys))
    return (
        f"| {_cell(table.qualified)} | {table.rows:,} | {style.size(table.bytes)} | {len(table.columns)} | {others} "
        f"| {_cell(table.comment)} |"
    )


def _section(table: Table, referenced: list[str], schema: Schema) -> Iterator[str]:
    yield f"## {_cell(table.qualified)}"
    yield ""
    about = [table.comment] if table.comment else []
    about += [f"{table.kind} table of {table.owner}, about {table.rows:,} rows, {style.size(table.bytes)}."]
    parts = sum(t.partition_of == table.qualified for t in schema.tables) if table.kind == "partitioned" else 0
    about += [f"{parts} partitions."] if parts else []
    yield _cell(" ".join(about)).replace("table table", "table")
    yield ""
    yield from _columns(table)
    rules = [*_keys(table), *(f"`{_code(c.definition)}` ({_cell(c.name)})" for c in table.checks)]
    if rules:
        yield ""
        yield from (f"- {rule}" for rule in rules)
    if referenced:
        yield f"- referenced by {', '.join(_cell(r) for r in referenced)}"
    if table.indexes:
        yield ""
        yield "| index | keys | kind | size | scans |"
        yield "|---|---|---|---:|---:|"
        yield from (_index(i) for i in table.indexes)


def _columns(table: Table) -> Iterator[str]:
    yield "| column | type | null | default | what it is |"
    yield "|---|---|---|---|---|"
    keys, foreign = set(table.primary_key), erd.foreign(table)
    for column in table.columns:
        mark = "".join([" **PK**" if column.name in keys else "", " FK" if column.name in foreign else ""])
        cells = [_cell(column.type), "yes" if column.nullable else "no", _value(column), _cell(column.comment)]
        yield f"| {_cell(column.name)}{mark} | {' | '.join(cells)} |"


def _value(column: Column) -> str:
    if column.identity:
        return f"identity {column.identity.lower()}"
    kind = f"generated {column.generated.lower()} " if column.generated else ""
    return f"{kind}`{_code(column.default)}`" if column.default else ""


def _keys(table: Table) -> Iterator[str]:
    if not table.primary_key:
        yield "no primary key"
    for key in table.foreign_keys:
        state = "" if key.validated else ", not validated"
        columns, others = ", ".join(key.columns), ", ".join(key.referenced_columns)
        yield _cell(f"({columns}) references {key.references} ({others}), on delete {key.on_delete.lower()}{state}")
    for unique in table.uniques:
        yield _cell(f"({', '.join(unique.columns)}) is unique")


def _index(index: Index) -> str:
    kinds = [index.method, "primary" if index.primary else ("unique" if index.unique else ""), index.predicate or ""]
    kinds += ["" if index.valid else "**invalid**"]
    keys = ", ".join(index.columns) + (f" include {', '.join(index.include)}" if index.include else "")
    kind = _cell(" ".join(k for k in kinds if k))
    return f"| {_cell(index.name)} | {_cell(keys)} | {kind} | {style.size(index.bytes)} | {index.scans:,} |"


def _referenced(schema: Schema) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in erd.drawn(schema):
        for key in table.foreign_keys:
            found.setdefault(key.references, []).append(f"{table.qualified} ({', '.join(key.columns)})")
    return found


def _cell(text: str) -> str:
    """A text in a Markdown table: one line in which nothing is markup."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
    for sign in ("\\", "|", "*", "_", "`", "[", "<", "#"):
        line = line.replace(sign, "\\" + sign if sign != "<" else "&lt;")
    return line


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'").replace("|", "\\|")
