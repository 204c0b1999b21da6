"""A statement's tree in PostgreSQL's own grammar that a rule may change, and what its columns are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Names, Scope
from dbengineer.tools.schema.catalog import Column, Schema, Table

INNER, AND, OR, NOT = 1, 1, 2, 3
ANY, SCALAR = 3, 5
INTEGERS = {"smallint", "integer", "bigint"}


class Found(NamedTuple):
    """The column that a reference means, and the name of its table in the statement."""

    alias: str
    table: Table
    column: Column

    @property
    def text(self) -> str:
        """The reference in full, as SQL."""
        return f"{sql.identifier(self.alias)}.{sql.identifier(self.column.name)}"


class Select:
    """One SELECT of a statement: its message, and the tables that it reads itself by the name it gives them."""

    def __init__(self, message: Any, names: Names, ctes: set[str]) -> None:
        self.message = message
        self.tables = {alias: table for node in message.from_clause for alias, table in _tables(node, names, ctes)}
        joins = [node.join_expr for node in nodes(message, "join_expr")]
        self.outer_joins = any(join.jointype != INNER for join in joins)

    def column(self, node: Any) -> Found | None:
        """The column of one of its own tables that a node is; None for all else and where that is not sure."""
        if node.WhichOneof("node") != "column_ref":
            return None
        if any(f.WhichOneof("node") != "string" for f in node.column_ref.fields):
            return None
        place = Scope(self.tables, None).find([f.string.sval for f in node.column_ref.fields])
        table = self.tables[place[0]] if place else None
        column = table.column(place[1]) if table and place else None
        return Found(place[0], table, column) if place and table and column else None

    @cached_property
    def conditions(self) -> list[Any]:
        """What each row has to meet: the parts of WHERE that AND joins."""
        return list(_parts(self.message.where_clause)) if self.message.HasField("where_clause") else []


class Tree:
    """A copy of a statement's tree; rules change the messages of its SELECTs and read its text."""

    def __init__(self, text: str, schema: Schema) -> None:
        import postgast

        self._result = postgast.ParseResult()
        self._result.stmts.add().stmt.CopyFrom(sql.parse(text))
        whole = self._result.stmts[0].stmt
        self._names = Names(schema)
        self._ctes = {cte.ctename for cte in sql.descendants(whole, "common_table_expr")}
        self.selects = [self.select(message) for message in _selects(whole)]

    def select(self, message: Any) -> Select:
        """The SELECT of a message of this tree."""
        return Select(message, self._names, self._ctes)

    @property
    def text(self) -> str:
        """The statement as it is now."""
        import postgast

        return str(postgast.deparse(self._result))


def _selects(message: Any) -> Iterator[Any]:
    if message.DESCRIPTOR.name == "SelectStmt":
        yield message
    for item in _below(message):
        yield from _selects(item)


def _below(message: Any) -> Iterator[Any]:
    for field, value in message.ListFields():
        if field.message_type is not None:
            yield from value if hasattr(value, "add") else (value,)


def nodes(message: Any, kind: str) -> list[Any]:
    """The nodes of a kind at and below a message, to be replaced; not those of the statements inside of it."""
    here = message.DESCRIPTOR.name == "Node" and message.WhichOneof("node") == kind
    below = [n for item in _below(message) if item.DESCRIPTOR.name not in sql.STATEMENTS for n in nodes(item, kind)]
    return [message] * here + below


def _tables(node: Any, names: Names, ctes: set[str]) -> Iterator[tuple[str, Table | None]]:
    item = sql.unwrapped(node)
    if item.DESCRIPTOR.name == "JoinExpr":
        yield from _tables(item.larg, names, ctes)
        yield from _tables(item.rarg, names, ctes)
        return
    renamed = item.HasField("alias") and len(item.alias.colnames)
    real = hasattr(item, "relname") and not renamed and (item.schemaname or item.relname not in ctes)
    yield name_of(node), names.table(item.schemaname, item.relname) if real else None


def _parts(node: Any) -> Iterator[Any]:
    if node.WhichOneof("node") == "bool_expr" and node.bool_expr.boolop == AND:
        for part in node.bool_expr.args:
            yield from _parts(part)
    else:
        yield node


def only(message: Any, *parts: str) -> bool:
    """Whether a SELECT has no other part than its columns, tables, WHERE and those named."""
    plain = {"target_list", "from_clause", "where_clause", "limit_option", "op", *parts}
    used = {field.name for field, _ in message.ListFields()}
    return used <= plain and not message.HasField("larg") and not any(True for _ in sql.own(message, "over"))


def put(node: Any, written: str) -> None:
    """Replaces a node by an expression."""
    import postgast

    select = postgast.parse(f"SELECT {written}").stmts[0].stmt.select_stmt
    node.CopyFrom(select.target_list[0].res_target.val)


def statement(message: Any) -> str:
    """The text of a SELECT's message."""
    import postgast

    result = postgast.ParseResult()
    result.stmts.add().stmt.select_stmt.CopyFrom(message)
    return str(postgast.deparse(result))


def alike(one: Found, other: Found) -> bool:
    """Whether two columns have the same type, or both are integers, so that equal values are equal groups."""
    types = {one.column.type, other.column.type}
    return len(types) == 1 or types <= INTEGERS


def alone(select: Select, node: Any) -> bool:
    """Whether a condition is about the SELECT's own tables only, without a subquery."""
    linked = any(True for _ in sql.descendants(node, "sub_link"))
    return not linked and all(select.column(reference) for reference in nodes(node, "column_ref"))


def copied(message: Any) -> Any:
    """A message like another one, to change."""
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def narrow(message: Any, *conditions: Any) -> None:
    """Makes conditions (nodes or SQL) the WHERE of a SELECT, joined by AND."""
    texts = [part if isinstance(part, str) else sql.expression(part) for part in conditions]
    message.ClearField("where_clause")
    if texts:
        put(message.where_clause, " AND ".join(f"({text})" for text in texts))


def name_of(node: Any) -> str:
    """The name that a table or subquery of FROM has in its SELECT; empty for a join."""
    item = sql.unwrapped(node)
    if item.DESCRIPTOR.name == "JoinExpr":
        return ""
    return str(item.alias.aliasname) if item.HasField("alias") else str(getattr(item, "relname", ""))


def operator(node: Any) -> str:
    """The operator of a plain comparison such as `a = b`; empty for all else."""
    plain = node.WhichOneof("node") == "a_expr" and node.a_expr.kind == 1 and len(node.a_expr.name) == 1
    return str(node.a_expr.name[0].string.sval) if plain else ""


def fixed(node: Any) -> bool:
    """Whether a node has the same value for all rows of the statement: parameters and constants, casts and sums."""
    inside = ("column_ref", "sub_link", "func_call")
    return not any(True for name in inside for _ in sql.descendants(node, name))


def cast_to(node: Any) -> str:
    """The name of the type that a node casts to, such as int4; empty where it is no cast."""
    if node.WhichOneof("node") != "type_cast" or node.type_cast.type_name.array_bounds:
        return ""
    return str(node.type_cast.type_name.names[-1].string.sval)
