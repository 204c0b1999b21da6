"""Statements that a statement holds within itself: in a DO block, or in a function that it calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import reading, trees
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement


def statements(known: Known, statement: Statement) -> list[Statement]:
    """What a DO block or a called function of the schema runs, as far as its text shows; at the place of the call."""
    found: list[Statement] = []
    for body in _bodies(known, statement):
        for sql in body:
            found += [s._replace(line=statement.line, block=statement.block or -1) for s in reading.parsed(sql)]
    return [s for s in found if s.tree is not None]


def commits(statement: Statement) -> bool:
    """Whether a DO block ends transactions itself, so that it can work in batches."""
    return statement.kind == "do_stmt" and "PLpgSQL_stmt_commit" in json.dumps(_plpgsql(statement.text))


def loops(statement: Statement) -> bool:
    """Whether a DO block goes round, all in one transaction."""
    if statement.kind != "do_stmt" or commits(statement):
        return False
    text = json.dumps(_plpgsql(statement.text))
    return any(f"PLpgSQL_stmt_{kind}" in text for kind in ("loop", "while", "fori", "fors", "foreach_a"))


def _bodies(known: Known, statement: Statement) -> Iterator[list[str]]:
    if statement.kind == "do_stmt":
        if not commits(statement):
            yield list(_queries(_plpgsql(statement.text)))
    elif statement.kind in ("select_stmt", "call_stmt"):
        for call in trees.find(statement.tree, "FuncCall"):
            body = known.bodies.get(trees.named(trees.strings(call.funcname)))
            if body:
                made = f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $dbengineer_body${body}$dbengineer_body$"
                yield list(_queries(_plpgsql(made))) or [body]


def _plpgsql(text: str) -> Any:
    import postgast

    try:
        return postgast.parse_plpgsql(text)
    except postgast.errors.PgQueryError:
        return []


def _queries(tree: Any) -> Iterator[str]:
    """The SQL of a body: statements as they are, and those given to EXECUTE as one text."""
    if isinstance(tree, list):
        for item in tree:
            yield from _queries(item)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name == "PLpgSQL_stmt_execsql":
                yield value["sqlstmt"]["PLpgSQL_expr"]["query"]
            elif name == "PLpgSQL_stmt_dynexecute":
                yield from _literal(value["query"]["PLpgSQL_expr"]["query"])
            else:
                yield from _queries(value)


def _literal(expression: str) -> Iterator[str]:
    for statement in reading.parsed(f"SELECT {expression}"):
        value = statement.tree.target_list[0].res_target.val
        if value.WhichOneof("node") == "a_const":
            yield value.a_const.sval.sval
