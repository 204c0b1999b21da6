"""Decides from its text alone whether a statement only reads.

An allowlist over PostgreSQL's own grammar: every node of the parse tree has to be known, every function has to be on
the reviewed list. What a text cannot show (views, user operators, casts, row security) is the role's and the pinned
search path's to stop, so the guard is one of two floors and not the only one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from dbengineer.tools.guard.functions import Functions, functions
from dbengineer.tools.guard.grammar import (
    EXPLAIN_OPTIONS,
    KNOWN,
    LONGEST_RESULT,
    SAMPLE_METHODS,
    SECRET_COLUMNS,
    SECRET_RELATIONS,
    SIZED_FUNCTIONS,
    words,
)
from dbengineer.tools.guard.verdict import Allowed, Refused, Verdict

# The parser is C and recurses: this many bytes cannot overflow a stack of 4 MB (measured), four times as many can.
LONGEST = 16_000
SCALARS = frozenset({bool, float, int, str})
# Parse nodes that hold nothing but a value.
LEAVES = frozenset({"A_Star", "BitString", "Boolean", "Float", "Integer", "String"})


class Scope(NamedTuple):
    """What is allowed beyond the plain list."""

    extensions: frozenset[str]
    ours: bool
    functions: Functions


def check(sql: str, *, extensions: frozenset[str] = frozenset(), analyze: bool = False, ours: bool = False) -> Verdict:
    """Allows one statement that only reads, or says why not and what to do instead.

    `extensions`: installed extensions, whose reviewed functions may be called with their schema. `analyze`: EXPLAIN may
    execute the SELECT it explains. `ours`: the product's own SQL, which may also look at what describes the server.
    """
    if "\0" in sql:
        return Refused(why="it holds a NUL character, at which the server would stop reading", instead="leave it out")
    try:
        if len(sql.encode()) > LONGEST:
            return Refused(why=f"it is longer than {LONGEST} bytes", instead="send a shorter statement")
        statement = single_statement(sql)
        return statement if isinstance(statement, Refused) else judge(statement, extensions, analyze, ours)
    except Exception as error:  # whatever the parser cannot do must end in a refusal
        return Refused(why=f"it cannot be parsed ({reason(error)})", instead="correct it, or nest it less deeply")


def reason(error: Exception) -> str:
    """What the parser complains about, in a few words."""
    name = type(error).__name__
    if name == "PgQueryError":
        return str(error)
    return "nested too deeply" if name == "DecodeError" else name


def single_statement(sql: str) -> Any:
    """The parse node of the only statement; Refused where there are none or several."""
    import postgast

    statements = postgast.parse(sql).stmts
    if len(statements) != 1:
        return Refused(why=f"it holds {len(statements)} statements", instead="send exactly one")
    node = statements[0].stmt
    return getattr(node, node.WhichOneof("node"))


def judge(statement: Any, extensions: frozenset[str], analyze: bool, ours: bool) -> Verdict:
    """The verdict on a parsed statement."""
    scope = Scope(extensions, ours, functions())
    kind = statement.DESCRIPTOR.name
    if kind == "VariableShowStmt":
        return Allowed(statement="show")
    if kind == "ExplainStmt":
        return explain_refusal(statement, analyze) or walk(statement.query, "explain", scope)
    if kind != "SelectStmt":
        return refused(*words(kind))
    return walk(statement, "select", scope)


def explain_refusal(statement: Any, analyze: bool) -> Refused | None:
    """Why an EXPLAIN is refused for its options or for what it explains."""
    options = {option.def_elem.defname for option in statement.options}
    if options - EXPLAIN_OPTIONS:
        return refused(f"EXPLAIN does not know {', '.join(sorted(options - EXPLAIN_OPTIONS))}", "leave the option out")
    if "analyze" in options and not analyze:
        return refused("EXPLAIN ANALYZE executes the statement", "use plain EXPLAIN")
    explained = statement.query.WhichOneof("node")
    if explained != "select_stmt":
        kind = getattr(statement.query, explained).DESCRIPTOR.name
        return refused(f"EXPLAIN of something that is not a SELECT ({words(kind)[0]})", "explain a SELECT")
    return None


def walk(root: Any, statement: Literal["select", "explain"], scope: Scope) -> Verdict:
    """Visits every node below a statement; the first one that is not part of a read is the refusal."""
    waiting, parameters = [root], 0
    while waiting:
        node = waiting.pop()
        kind = node.DESCRIPTOR.name
        if kind in LEAVES:
            continue
        if kind not in KNOWN:
            return refused(*words(kind))
        rule = RULES.get(kind)
        if rule and (refusal := rule(node, scope)):
            return refusal
        if kind == "ParamRef":
            parameters = max(parameters, node.number)
        for _, value in node.ListFields():
            if type(value) not in SCALARS:
                waiting.extend([value] if hasattr(value, "ListFields") else map(inner, value))
    return Allowed(statement=statement, parameters=parameters)


def inner(node: Any) -> Any:
    """The parse node in a wrapper; the wrapper itself where it is empty, as in SELECT DISTINCT."""
    kind = node.WhichOneof("node")
    return getattr(node, kind) if kind else node


def refused(why: str, instead: str) -> Refused:
    """A refusal in words."""
    return Refused(why=why, instead=instead)


def names(nodes: Any) -> list[str]:
    """The parts of a qualified name; other parts (a star, a subscript) are left out."""
    return [node.string.sval for node in nodes if node.WhichOneof("node") == "string"]


def call(node: Any, scope: Scope) -> Refused | None:
    """A function has to be on the list."""
    parts = names(node.funcname)
    name, schema = parts[-1], ".".join(parts[:-1])
    if not may_call(schema, name, scope):
        return not_listed("function", schema, name, scope)
    if name in SIZED_FUNCTIONS and any(size > LONGEST_RESULT for size in constants(node.args)):
        return refused(f"{name}() would make a value of more than {LONGEST_RESULT}", "ask for a shorter value")
    return None


def may_call(schema: str, name: str, scope: Scope) -> bool:
    """Whether the list has a function, or the extra list of the product's own SQL."""
    known = scope.functions.may_call(schema, name, scope.extensions)
    return known or (scope.ours and schema in ("", "pg_catalog") and name in scope.functions.ours)


def not_listed(what: str, schema: str, name: str, scope: Scope) -> Refused:
    """The refusal of a function or operator, with the reason where one is known."""
    title = f"{schema}.{name}" if schema else name
    if schema in ("", "pg_catalog") and name in scope.functions.refused:
        return refused(f"{what} {title} {scope.functions.refused[name]}", "read without it")
    return refused(
        f"{what} {title} is not on the list of those known only to read",
        "use built-in functions; those of an installed extension need its schema in front",
    )


def constants(arguments: Any) -> Iterator[float]:
    """The numbers among the arguments of a call."""
    for argument in arguments:
        if argument.WhichOneof("node") == "a_array_expr":
            yield from constants(argument.a_array_expr.elements)
        constant = argument.a_const.WhichOneof("val")
        if constant == "ival":
            yield argument.a_const.ival.ival
        elif constant == "fval":
            yield float(argument.a_const.fval.fval.replace("_", ""))


def attribute(parts: list[str], scope: Scope) -> Refused | None:
    """`value.pg_sleep` calls pg_sleep(value): a field may not have the name of a function that is refused."""
    for part in parts:
        if part in scope.functions.refused:
            why = f"the field {part} can be a call of {part}(), which {scope.functions.refused[part]}"
            return refused(why, "give the column another name in a subquery")
    return None


def secret(parts: list[str], scope: Scope) -> Refused | None:
    """A column that holds secrets of the server."""
    found = SECRET_COLUMNS.intersection(parts)
    return refused(f"the column {min(found)} holds secrets", "leave it out") if found and not scope.ours else None


def column(node: Any, scope: Scope) -> Refused | None:
    """A column, of which all but the first part may be an attribute."""
    parts = names(node.fields)
    return attribute(parts[1:], scope) or secret(parts, scope)


def indirection(node: Any, scope: Scope) -> Refused | None:
    """A field of a value."""
    parts = names(node.indirection)
    return attribute(parts, scope) or secret(parts, scope)


def relation(node: Any, scope: Scope) -> Refused | None:
    """A relation that holds secrets of the server, by whatever schema it is reached."""
    if node.relname in SECRET_RELATIONS and not scope.ours:
        return refused(f"{node.relname} holds secrets", "read pg_roles, pg_stats or pg_settings")
    return None


def operator(parts: list[str], scope: Scope) -> Refused | None:
    """An operator with a schema has to be pg_catalog's, or on the list of an installed extension."""
    schema = ".".join(parts[:-1])
    if schema in ("", "pg_catalog") or scope.functions.may_call(schema, parts[-1], scope.extensions):
        return None
    return not_listed("operator", schema, parts[-1], scope)


def sample(node: Any, scope: Scope) -> Refused | None:
    """A sampling method."""
    method = names(node.method)[-1]
    if method in SAMPLE_METHODS:
        return None
    return refused(f"TABLESAMPLE {method} is not known", f"use one of {', '.join(sorted(SAMPLE_METHODS))}")


RULES: dict[str, Callable[[Any, Scope], Refused | None]] = {
    "A_Expr": lambda node, scope: operator(names(node.name), scope),
    "A_Indirection": indirection,
    "ColumnRef": column,
    "FuncCall": call,
    "RangeTableSample": sample,
    "RangeVar": relation,
    "SortBy": lambda node, scope: operator(names(node.use_op), scope),
    "SubLink": lambda node, scope: operator(names(node.oper_name), scope),
}
