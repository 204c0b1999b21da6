"""CREATE INDEX and DROP INDEX, read."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.schema.catalog import Index, Schema


def of_index(index: Index) -> Candidate:
    """An existing index in the words of candidates."""
    statement = sql.parse(index.definition).index_stmt
    return _candidate(statement, index.table, index.method)


def created(text: str, schema: Schema) -> list[Candidate]:
    """The indexes that a text creates.

    Raises ValueError for a table that does not exist, or SQL that is not a script.
    """
    names, found = Names(schema), []
    for statement in map(sql.parse, sql.split(text)):
        if statement.WhichOneof("node") == "index_stmt":
            relation = statement.index_stmt.relation
            table = names.table(relation.schemaname, relation.relname)
            if table is None:
                raise ValueError(f"there is no table {relation.relname}")
            found.append(_candidate(statement.index_stmt, table.qualified, statement.index_stmt.access_method))
    return found


def dropped(text: str, schema: Schema) -> list[Index]:
    """The indexes that a text drops; raises ValueError for one that does not exist."""
    found = []
    for statement in map(sql.parse, sql.split(text)):
        for item in statement.drop_stmt.objects if statement.WhichOneof("node") == "drop_stmt" else ():
            names = [part.string.sval for part in item.list.items]
            found.append(_index(names, schema))
    return found


def _index(names: list[str], schema: Schema) -> Index:
    same = [i for i in schema.indexes if i.name == names[-1] and names[:-1] in ([], [i.schema_name])]
    if not same:
        raise ValueError(f"there is no index {'.'.join(names)}")
    return next((i for i in same if i.schema_name == "public"), same[0])


def without_concurrently(text: str) -> str:
    """A statement as it can be run on a copy, where nobody waits."""
    import postgast

    result = postgast.parse(text)
    for raw in result.stmts:
        if raw.stmt.WhichOneof("node") == "index_stmt":
            raw.stmt.index_stmt.concurrent = False
        if raw.stmt.WhichOneof("node") == "drop_stmt":
            raw.stmt.drop_stmt.concurrent = False
    return str(postgast.deparse(result))


def _candidate(statement: Any, table: str, method: str) -> Candidate:
    predicate = sql.expression(statement.where_clause) if statement.HasField("where_clause") else ""
    keys = tuple(_key(param.index_elem) for param in statement.index_params)
    return Candidate(
        table=table,
        keys=keys,
        include=tuple(sql.identifier(p.index_elem.name) for p in statement.index_including_params),
        predicate=predicate,
        method=method or "btree",
        extension="pg_trgm" if any("trgm" in key.opclass for key in keys) else "",
    )


def _key(element: Any) -> Key:
    descending = element.ordering == 3
    classes = [c.string.sval for c in element.opclass]
    return Key(
        expression=sql.identifier(element.name) if element.name else sql.expression(element.expr),
        column=bool(element.name),
        descending=descending,
        nulls_first={2: True, 3: False}.get(element.nulls_ordering, descending),
        opclass=classes[-1] if classes else "",
    )
