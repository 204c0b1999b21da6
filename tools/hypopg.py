"""HypoPG on the target: plans with indexes that exist in the memory of one session only, where the extension is there.

Nothing is made: the session is READ ONLY as ever, and forgets the indexes before it ends its transaction, since then a
pooler may give it to somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact

FOUND = """
SELECT quote_ident(n.nspname) AS schema, e.extversion AS version
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'hypopg' AND 2 = (
  SELECT count(*) FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang
  WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    AND d.deptype = 'e' AND p.pronamespace = n.oid AND l.lanname = 'c' AND p.probin = '$libdir/hypopg'
    AND p.oid::regprocedure::text ~ '(^|\\.)(hypopg_create_index\\(text\\)|hypopg_reset\\(\\))$'
    AND has_function_privilege(p.oid, 'EXECUTE')
)
"""
"""Its own functions and no others of these names: what is called here does not pass the guard."""
Explain = Callable[[str, int], dict[str, Any]]


class HypoPG(Fact):
    """The extension: the schema it is in, quoted, and its version."""

    schema_name: str
    version: str


class Supposed(Fact):
    """The plans of statements without and with the indexes, None where one cannot be planned; and the names under
    which the indexes stand in plans, None where HypoPG does not take one."""

    names: tuple[str | None, ...]
    plans: tuple[tuple[dict[str, Any], dict[str, Any]] | None, ...]


def found(query: Callable[[str], list[dict[str, Any]]]) -> HypoPG | None:
    """The extension, where the database has it and this role may use it."""
    rows = query(FOUND)
    return HypoPG(schema_name=rows[0]["schema"], version=rows[0]["version"]) if rows else None


def suppose(
    connection: psycopg.Connection[Any],
    there: HypoPG,
    indexes: Sequence[str],
    statements: Sequence[tuple[str, int]],
    explain: Explain,
) -> Supposed:
    """Plans statements, given with the number of their parameters, in the transaction that was begun."""
    with _forgotten(connection, there):
        before = [_tried(connection, explain, *statement) for statement in statements]
        names = tuple(_made(connection, there, ddl) for ddl in indexes)
        after = [_tried(connection, explain, *statement) for statement in statements]
    both = zip(before, after, strict=True)
    return Supposed(names=names, plans=tuple((b, a) if b and a else None for b, a in both))


@contextmanager
def _forgotten(connection: psycopg.Connection[Any], there: HypoPG) -> Iterator[None]:
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(f"SELECT {there.schema_name}.hypopg_reset()")


def _made(connection: psycopg.Connection[Any], there: HypoPG, ddl: str) -> str | None:
    text = f"SELECT indexname FROM {there.schema_name}.hypopg_create_index($1)"
    rows = _saved(connection, lambda: connection.execute(text, (ddl,)).fetchall())
    return str(rows[0][0]) if rows else None


def _tried(connection: psycopg.Connection[Any], explain: Explain, sql: str, parameters: int) -> dict[str, Any] | None:
    connection.execute("DEALLOCATE ALL")
    plan: dict[str, Any] | None = _saved(connection, lambda: explain(sql, parameters))
    return plan


def _saved(connection: psycopg.Connection[Any], action: Callable[[], Any]) -> Any:
    """What an action gives, None where the server refuses it; the transaction goes on in either case."""
    connection.execute("SAVEPOINT dbengineer")
    try:
        done = action()
    except psycopg.DatabaseError:
        if connection.closed:
            raise
        connection.execute("ROLLBACK TO SAVEPOINT dbengineer")
        return None
    connection.execute("RELEASE SAVEPOINT dbengineer")
    return done
