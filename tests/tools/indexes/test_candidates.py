"""Candidates: the right columns in the right order, and nothing that exists already."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbengineer.tools.indexes import statistics
from dbengineer.tools.indexes.candidates import candidates
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

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


@pytest.mark.parametrize(
    "body",
    ["(id) INCLUDE (quantity)", "(id) INCLUDE (price)", "(price, quantity)", "(code)", "(id, code, due)"],
)
def test_how_long_numbers_and_texts_are_is_known_from_their_values(body: str, database: Database) -> None:
    from dbengineer.tools.indexes import ddl, size

    database.script(
        "CREATE TABLE lines (id bigint, quantity numeric, price numeric(9, 2), code text, due date);"
        "INSERT INTO lines SELECT i, i % 50 + 1, i * 7 % 99999 / 7.0, 'item-' || lpad(i::text, 9, '0'), '2026-01-01' "
        "FROM generate_series(1, 60000) i; ANALYZE lines"
    )
    (candidate,) = ddl.created(f"CREATE INDEX ON lines {body}", catalog.read(database))
    estimated = size.pages(candidate, statistics.read(database)["public.lines"])
    database.script(candidate.create(concurrently=False))
    real = database.query("SELECT pg_relation_size(%s::regclass) / 8192 AS pages", (candidate.qualified,))[0]["pages"]
    assert estimated == pytest.approx(real, rel=0.02)


@pytest.mark.parametrize("groups", ["ROLLUP (owner, state)", "GROUPING SETS ((owner), (state))", "due, CUBE (state)"])
def test_groups_in_several_orders_are_no_reason_for_an_index(groups: str, tasks: Database) -> None:
    found = bodies(tasks, f"SELECT count(*) FROM tasks GROUP BY {groups}")
    assert all(body.startswith("(due)") for body in found)


ROOMS = """
CREATE TABLE rooms (id int PRIMARY KEY, during tstzrange, spot point, net inet, path text, at timestamptz, kind int);
INSERT INTO rooms SELECT i, tstzrange(now(), now()), point(i, i), '10.0.0.1', 'p' || i,
    timestamptz '2026-01-01' + i * interval '1 minute', i % 9 FROM generate_series(1, 100000) i;
ANALYZE rooms;
"""


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("SELECT id FROM rooms WHERE during && $1", "USING gist (during)"),
        ("SELECT id FROM rooms ORDER BY spot <-> $1 LIMIT 5", "USING gist (spot)"),
        ("SELECT id FROM rooms WHERE net <<= $1", "USING gist (net inet_ops)"),
        ("SELECT id FROM rooms WHERE path LIKE 'p12%'", "(path text_pattern_ops)"),
        ("SELECT id FROM rooms WHERE at >= $1 AND at < $2", "USING brin (at)"),
        ("SELECT max(at) FROM rooms WHERE kind = $1", "(kind, at)"),
        ("SELECT id FROM rooms WHERE kind = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC", "(kind, at, id)"),
        ("SELECT DISTINCT ON (kind) kind, at FROM rooms ORDER BY kind, at DESC", "(kind, at DESC)"),
    ],
)
def test_each_kind_of_question_has_its_kind_of_index(text: str, body: str, rooms: Database) -> None:
    found = candidates({"x": text}, catalog.read(rooms), statistics.read(rooms))
    assert body in {c.body.removeprefix("ON public.rooms ") for c in found}


@pytest.fixture(scope="module")
def rooms(server: Server) -> Iterator[Database]:
    """Rooms of many types, written in the order of time."""
    made = server.create("rooms")
    made.script(ROOMS)
    yield made
    made.close()
    server.drop("rooms")


@pytest.mark.parametrize(
    ("where", "bodies_"),
    [
        ("state = 's1' AND due > $1", {"(due) WHERE state = 's1'"}),
        ("state <> 's1' AND due > $1", {"(due) WHERE state <> 's1'"}),
        ("state IN ('s1', 's2') AND due > $1", {"(due) WHERE state IN ('s1', 's2')"}),
    ],
)
def test_only_a_literal_that_is_rare_is_a_state(where: str, bodies_: set[str], tasks: Database) -> None:
    schema, known = catalog.read(tasks), statistics.read(tasks)
    text = {"x": f"SELECT * FROM tasks WHERE {where}"}
    rare = candidates(text, schema, known, literals=False, rare=lambda table, condition: True)
    common = candidates(text, schema, known, literals=False)
    assert bodies_ <= {c.body.removeprefix("ON public.tasks ") for c in rare}
    assert not any(c.predicate for c in common)
