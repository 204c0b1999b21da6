"""Candidates: the right columns in the right order, and nothing that exists already."""

from __future__ import annotations

import pytest

from dbengineer.tools.indexes import statistics
from dbengineer.tools.indexes.candidates import candidates
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

TABLES = """
CREATE TABLE tasks (id int PRIMARY KEY, owner int NOT NULL, state text, due date, doc jsonb, tags text[], title text,
    raw json, done bool NOT NULL, deleted timestamptz);
INSERT INTO tasks SELECT i, i % 200, 's' || i % 4, date '2025-01-01' + i / 200 % 300, '{}', '{}', 'title', '{}',
    i % 2 = 0, NULL FROM generate_series(1, 3000) i;
CREATE INDEX tasks_owner_state ON tasks (owner, state);
ANALYZE tasks;
"""


@pytest.fixture
def tasks(database: Database) -> Database:
    """A database with one table and an index on (owner, state)."""
    database.script(TABLES)
    return database


def bodies(database: Database, text: str, *, trigrams: bool = True) -> set[str]:
    """The candidates of a statement without the name of the table."""
    found = candidates({"x": text}, catalog.read(database), statistics.read(database), trigrams=trigrams)
    return {candidate.body.removeprefix("ON public.tasks ") for candidate in found}


def test_equality_comes_before_order(tasks: Database) -> None:
    found = bodies(tasks, "SELECT id FROM tasks WHERE state = $1 ORDER BY due DESC LIMIT 5")
    assert "(state, due)" in found
    assert "(due, state)" not in found


def test_equality_comes_before_a_range(tasks: Database) -> None:
    found = bodies(tasks, "SELECT id FROM tasks WHERE due > $1 AND state = $2")
    assert "(state, due)" in found
    assert "(due, state)" not in found


def test_a_mixed_order_keeps_its_directions(tasks: Database) -> None:
    found = bodies(tasks, "SELECT * FROM tasks WHERE state = $1 ORDER BY due DESC, id LIMIT 5")
    assert "(state, due DESC, id)" in found


def test_what_exists_is_not_recommended(tasks: Database) -> None:
    found = bodies(tasks, "SELECT * FROM tasks WHERE owner = $1 AND state = $2")
    assert found & {"(owner)", "(owner, state)"} == set()


def test_a_predicate_of_the_schema_makes_a_partial_index(tasks: Database) -> None:
    found = bodies(tasks, "SELECT * FROM tasks WHERE state = $1 AND deleted IS NULL AND NOT done")
    assert "(state) WHERE deleted IS NULL AND NOT done" in found


def test_a_parameter_makes_no_partial_index(tasks: Database) -> None:
    assert not any("WHERE" in body for body in bodies(tasks, "SELECT * FROM tasks WHERE state = $1 AND due = $2"))


def test_an_expression_is_indexed_as_it_is_written(tasks: Database) -> None:
    assert "((lower(title)))" in bodies(tasks, "SELECT * FROM tasks WHERE lower(title) = lower($1)")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("SELECT * FROM tasks WHERE doc @> $1", "USING gin (doc jsonb_path_ops)"),
        ("SELECT * FROM tasks WHERE doc ? $1", "USING gin (doc)"),
        ("SELECT * FROM tasks WHERE tags @> $1", "USING gin (tags)"),
        ("SELECT * FROM tasks WHERE title ILIKE $1", "USING gin (title gin_trgm_ops)"),
        (
            "SELECT * FROM tasks WHERE to_tsvector('english', title) @@ $1",
            "USING gin ((to_tsvector('english', title)))",
        ),
    ],
)
def test_contents_are_found_by_gin(text: str, body: str, tasks: Database) -> None:
    assert body in bodies(tasks, text)


def test_without_pg_trgm_there_is_no_trigram_index(tasks: Database) -> None:
    assert bodies(tasks, "SELECT * FROM tasks WHERE title LIKE $1", trigrams=False) == set()


def test_narrow_columns_are_included(tasks: Database) -> None:
    found = bodies(tasks, "SELECT state FROM tasks WHERE due = $1")
    assert "(due) INCLUDE (state)" in found


def test_whole_rows_are_not_included(tasks: Database) -> None:
    assert not any("INCLUDE" in body for body in bodies(tasks, "SELECT * FROM tasks WHERE due = $1"))


def test_types_without_an_order_are_left_out(tasks: Database) -> None:
    assert bodies(tasks, "SELECT id FROM tasks ORDER BY raw LIMIT 1") == set()


def test_arms_of_an_or_have_their_own(tasks: Database) -> None:
    assert {"(state)", "(due)"} <= bodies(tasks, "SELECT * FROM tasks WHERE state = $1 OR due = $2")


def test_a_name_is_short_unique_and_stays_the_same(tasks: Database) -> None:
    text = (
        "SELECT * FROM tasks WHERE lower(title || state || title || state || title || state || title) = $1 AND due = $2"
    )
    first, second = (candidates({"x": text}, catalog.read(tasks), statistics.read(tasks)) for _ in range(2))
    names = [candidate.name for candidate in first]
    assert names == [candidate.name for candidate in second]
    assert len(set(names)) == len(names)
    assert max(len(name.encode()) for name in names) <= 63


@pytest.mark.parametrize(
    "body", ["(owner)", "(title)", "(owner, due)", "(due) INCLUDE (state)", "(done, id)", "(id) WHERE done"]
)
def test_an_estimated_size_is_near_the_real_one(body: str, database: Database) -> None:
    from dbengineer.tools.indexes import ddl, size
    from dbengineer.tools.queries.running import planned

    database.script(TABLES.replace("3000", "30000"))
    (candidate,) = ddl.created(f"CREATE INDEX ON tasks {body}", catalog.read(database))
    kept = (
        planned(database, f"SELECT FROM tasks WHERE {candidate.predicate}").root.rows if candidate.predicate else None
    )
    estimated = size.pages(candidate, statistics.read(database)["public.tasks"], kept)
    database.script(candidate.create(concurrently=False))
    real = database.query("SELECT pg_relation_size(%s::regclass) / 8192 AS pages", (candidate.qualified,))[0]["pages"]
    assert estimated == pytest.approx(real, rel=0.2)
