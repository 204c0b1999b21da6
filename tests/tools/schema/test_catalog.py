"""The catalog as it is read from a real server."""

from __future__ import annotations

import pytest

from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

SHOP = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email <> ''));
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."My Table" (id serial, owner bigint REFERENCES users ON DELETE CASCADE, feels mood DEFAULT 'good',
    lower_email text GENERATED ALWAYS AS ('x') STORED, UNIQUE (id, owner));
COMMENT ON TABLE users IS 'people';
CREATE INDEX by_lower ON "Odd"."My Table" (lower(lower_email), id DESC) INCLUDE (owner) WHERE owner > 3;
CREATE TABLE events (at date, owner bigint REFERENCES users) PARTITION BY RANGE (at);
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO events SELECT '2020-02-02' FROM generate_series(1, 100);
CREATE MATERIALIZED VIEW addresses AS SELECT email FROM users;
CREATE UNIQUE INDEX ON addresses (email);
CREATE EXTENSION pg_stat_statements;
ANALYZE;
"""


@pytest.mark.parametrize("which", ["database", "old_database"])
def test_the_catalog_knows_tables_keys_indexes_and_types(which: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(which)
    database.script(SHOP)
    schema = catalog.read(database)
    assert [t.qualified for t in schema.tables] == [
        '"Odd"."My Table"',
        "public.events",
        "public.events_2020",
        "public.users",
    ]
    users, odd = schema.table("public.users"), schema.table('"Odd"."My Table"')
    assert users is not None
    assert odd is not None
    assert (users.primary_key, users.comment) == (("id",), "people")
    assert users.columns[0].identity == "ALWAYS"
    assert [c.definition for c in users.checks] == ["CHECK ((email <> ''::text))"]
    assert [(k.columns, k.references, k.on_delete) for k in odd.foreign_keys] == [
        (("owner",), "public.users", "CASCADE")
    ]
    partial = next(i for i in odd.indexes if i.name == "by_lower")
    assert (partial.columns, partial.include, partial.predicate) == (
        ("lower(lower_email)", "id"),
        ("owner",),
        "(owner > 3)",
    )
    assert [e.labels for e in schema.enums] == [("good", "bad")]
    assert [v.kind for v in schema.views] == ["materialized"]
    assert schema.extensions == ("pg_stat_statements", "plpgsql")
    assert '"Odd"."My Table".id' in {s.owned_by for s in schema.sequences}


def test_a_partitioned_table_holds_what_its_partitions_hold(database: Database) -> None:
    database.script(SHOP)
    events = catalog.read(database).table("public.events")
    assert events is not None
    assert (events.rows, len(events.foreign_keys)) == (100, 1)
    assert events.bytes > 0


def test_tables_that_the_role_may_not_read_are_still_seen(database: Database) -> None:
    database.script("CREATE TABLE a (x int); CREATE TABLE b (x int); DROP ROLE IF EXISTS reader; CREATE ROLE reader")
    database.script("GRANT SELECT ON a TO reader; SET ROLE reader")
    coverage = catalog.read(database).coverage()
    database.script("RESET ROLE; DROP OWNED BY reader; DROP ROLE reader")
    assert (coverage.examined, coverage.total, coverage.because) == (1, 2, "no SELECT on public.b")


def test_a_not_null_that_was_never_validated_leaves_a_column_nullable(database: Database) -> None:
    database.script(
        "CREATE TABLE guests (name text); INSERT INTO guests VALUES (NULL);"
        "ALTER TABLE guests ADD CONSTRAINT named NOT NULL name NOT VALID"
    )
    table = catalog.read(database).table("public.guests")
    assert table
    assert table.columns[0].nullable
