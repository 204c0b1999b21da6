"""A schema of a thousand tables, each with rows, indexes and a key that refers to another."""

from __future__ import annotations

from contextlib import closing

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

NAME, TABLES, AT_ONCE = "thousand", 1000, 50
TABLE = """
CREATE TABLE t{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint{refers}, code text NOT NULL,
    state text NOT NULL, amount numeric(12, 2), doc jsonb, made timestamptz NOT NULL, CHECK (amount >= 0));
INSERT INTO t{n} (parent, code, state, amount, doc, made)
    SELECT NULL, 'c' || i, 's' || i % 3, i, '{{}}', now() - i * interval '1 hour' FROM generate_series(1, 100) i;
CREATE INDEX ON t{n} (parent);
CREATE INDEX ON t{n} (state, made DESC) WHERE amount > 10;
CREATE INDEX ON t{n} (lower(code));
"""


def make(server: Server) -> Database:
    """Makes the database `thousand` in a server."""
    server.drop(NAME)
    database = server.create(NAME)
    for first in range(0, TABLES, AT_ONCE):
        database.script("".join(_table(n) for n in range(first, first + AT_ONCE)))
    database.script("ANALYZE")
    return database


def _table(number: int) -> str:
    refers = f" REFERENCES t{number // 2}" if number else ""
    return TABLE.format(n=number, refers=refers)


def remove(server: Server, database: Database) -> None:
    """Takes it away again."""
    with closing(database):
        pass
    server.drop(NAME)
