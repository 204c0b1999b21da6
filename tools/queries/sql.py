"""Statements as PostgreSQL's own grammar reads them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

STATEMENTS = {"SelectStmt", "UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt"}
DATA = ("select_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt")


class Unreadable(ValueError):
    """A text that is not one statement of PostgreSQL's grammar."""


@lru_cache(maxsize=512)
def parse(text: str) -> Any:
    """The one statement of a text, as libpg_query's message; raises Unreadable."""
    import postgast

    try:
        statements = postgast.parse(text).stmts
    except postgast.PgQueryError as error:
        raise Unreadable(str(error)) from None
    if len(statements) != 1:
        raise Unreadable(f"{len(statements)} statements where one was expected")
    return statements[0].stmt


def kind(text: str) -> str:
    """What a statement is: select_stmt, update_stmt, …; "unreadable" where the grammar refuses it."""
    try:
        return str(parse(text).WhichOneof("node"))
    except Unreadable:
        return "unreadable"


def runnable(text: str) -> str:
    """The statement as PostgreSQL takes it; pg_stat_statements writes `interval $1`, which no server parses."""
    import postgast

    result = postgast.ParseResult()
    result.stmts.add().stmt.CopyFrom(parse(text))
    return str(postgast.deparse(result))


def within_explain(text: str) -> tuple[str, bool]:
    """The statement that an EXPLAIN is about, and whether it says ANALYZE; any other text as it is."""
    import postgast

    if kind(text) != "explain_stmt":
        return text, False
    explain = parse(text).explain_stmt
    result = postgast.ParseResult()
    result.stmts.add().stmt.CopyFrom(explain.query)
    return str(postgast.deparse(result)), any(option.def_elem.defname == "analyze" for option in explain.options)


def expression(node: Any) -> str:
    """The SQL of an expression's message."""
    import postgast

    result = postgast.parse("SELECT 1")
    result.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return str(postgast.deparse(result)).removeprefix("SELECT ")


def fingerprint(text: str) -> str:
    """A name for all statements that differ in constants only; it stays the same on every server."""
    import postgast

    try:
        return str(postgast.fingerprint(text).hex)
    except postgast.PgQueryError:
        import hashlib

        return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def unwrapped(node: Any) -> Any:
    """The message inside of a Node."""
    return getattr(node, node.WhichOneof("node"))


def descendants(message: Any, name: str) -> Iterator[Any]:
    """Every message of a kind below (and at) a message, such as column_ref; parents first."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for item in value if hasattr(value, "add") else (value,):
            if field.name == name:
                yield item
            yield from descendants(item, name)


def own(message: Any, name: str) -> Iterator[Any]:
    """The messages of a kind below a message, but not those of the statements inside of it."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for item in value if hasattr(value, "add") else (value,):
            if item.DESCRIPTOR.name not in STATEMENTS:
                if field.name == name:
                    yield item
                yield from own(item, name)


def assumed(text: str, limit: int, pattern: str = "%qzxjv%") -> str:
    """The statement with a number for the parameter of its LIMIT and a pattern for those of LIKE."""
    import postgast

    result = postgast.parse(runnable(text))
    statement = result.stmts[0].stmt
    if statement.WhichOneof("node") == "select_stmt" and parameters_of(statement.select_stmt.limit_count):
        statement.select_stmt.limit_count.Clear()
        statement.select_stmt.limit_count.a_const.ival.ival = limit
    for comparison in descendants(result, "a_expr"):
        if comparison.kind in (8, 9) and comparison.rexpr.WhichOneof("node") == "param_ref":
            comparison.rexpr.Clear()
            comparison.rexpr.a_const.sval.sval = pattern
    return str(postgast.deparse(result))


def typed(text: str, at: int, type_: str) -> str | None:
    """The statement with a type for the parameters of the call or operator at a byte; None where there are none."""
    import postgast

    result = postgast.parse(text)
    calls = [*descendants(result, "a_expr"), *descendants(result, "func_call")]
    found = [p for call in calls if call.location == at for p in _operands(call)]
    for operand in found:
        cast = parse(f"SELECT ${operand.param_ref.number}::{type_}").select_stmt.target_list[0].res_target.val
        operand.CopyFrom(cast)
    return str(postgast.deparse(result)) if found else None


def _operands(call: Any) -> list[Any]:
    """The bare parameters that a call or operator takes, also through arithmetic; the nodes that hold them."""
    nodes = list(call.args) if call.DESCRIPTOR.name == "FuncCall" else [call.lexpr, call.rexpr]
    # BETWEEN has a list at its right.
    nodes = [item for node in nodes for item in (node.list.items if node.WhichOneof("node") == "list" else [node])]
    inner = [p for node in nodes if node.WhichOneof("node") == "a_expr" for p in _operands(node.a_expr)]
    return [node for node in nodes if node.WhichOneof("node") == "param_ref"] + inner


def split(text: str) -> list[str]:
    """The statements of a text; raises Unreadable."""
    import postgast

    try:
        return [part.strip() for part in postgast.split(text) if part.strip()]
    except postgast.PgQueryError as error:
        raise Unreadable(str(error)) from None


def parameters_of(message: Any) -> list[int]:
    """The numbers of the parameters below a message, in order."""
    return sorted({p.number for p in descendants(message, "param_ref")})


def range_vars(message: Any) -> Iterator[Any]:
    """Every table that a message names, also as the goal of a change; not the names of its CTEs."""
    ctes = {cte.ctename for cte in descendants(message, "common_table_expr")}
    for name in ("range_var", "relation"):
        for found in descendants(message, name):
            if hasattr(found, "relname") and not (found.relname in ctes and not found.schemaname):
                yield found


def tables(text: str) -> tuple[str, ...]:
    """The names of the tables of a statement as it names them, each once."""
    try:
        found = list(range_vars(parse(text)))
    except Unreadable:
        return ()
    names = (f"{t.schemaname}.{t.relname}" if t.schemaname else t.relname for t in found)
    return tuple(dict.fromkeys(names))


def parameters(text: str) -> list[int]:
    """The numbers of the parameters of a statement, each once, in order."""
    return parameters_of(parse(text))


def filled(text: str, values: dict[int, str]) -> str:
    """The statement with SQL literals (already quoted) in place of its parameters.

    Raises KeyError for a missing one.
    """
    import postgast

    raw, parts, at = text.encode(), [], 0
    for token in postgast.scan(text).tokens:
        if postgast.pg_query_pb2.Token.Name(token.token) == "PARAM":
            number = int(raw[token.start + 1 : token.end])
            parts += [raw[at : token.start], values[number].encode()]
            at = token.end
    return b"".join([*parts, raw[at:]]).decode()


def identifier(name: str) -> str:
    """A column's name as SQL, quoted where it has to be."""
    import postgast

    reference = postgast.pg_query_pb2.Node()
    reference.column_ref.fields.add().string.sval = name
    return expression(reference)


def updated(text: str) -> list[tuple[str, str]]:
    """The tables and columns that a statement sets."""
    if kind(text) != "update_stmt":
        return []
    statement = parse(text).update_stmt
    return [(statement.relation.relname, target.res_target.name) for target in statement.target_list]
