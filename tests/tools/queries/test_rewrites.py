"""Rewrites: each rule where it fits, and nothing where it does not."""

from __future__ import annotations

import pytest

from dbengineer.tools.queries import hints, sql
from dbengineer.tools.queries.rewrites import Rewrite, rewrites, rules
from dbengineer.tools.queries.running import planned
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.schema import catalog
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.scratch.database import Database

TABLES = """
CREATE TABLE users (id int PRIMARY KEY, email text, nickname text, born date, joined timestamptz NOT NULL);
CREATE TABLE posts (id bigint PRIMARY KEY, author int NOT NULL, editor int, body text, at timestamptz NOT NULL);
"""
CASES = {
    "day_as_range": (
        "SELECT id FROM posts WHERE date(at) = $1",
        "SELECT id FROM posts WHERE at::date = $1 AND author = $2",
    ),
    "not_in_to_not_exists": ("SELECT id FROM users WHERE id NOT IN (SELECT author FROM posts WHERE at > $1)",),
    "or_to_union_all": (
        "SELECT id FROM posts WHERE (author = $1 OR editor = $2) AND at > $3 ORDER BY at DESC LIMIT $4",
    ),
    "cast_to_column_type": (
        "SELECT email FROM users WHERE id = $1::numeric",
        "SELECT email FROM users WHERE id::text = $1",
    ),
    "latest_of_each": (
        "SELECT p.id FROM posts p WHERE p.at = (SELECT max(q.at) FROM posts q WHERE q.author = p.author)",
    ),
    "latest_by_lateral": (
        "SELECT DISTINCT ON (p.author) p.author, p.id, p.at FROM posts p "
        "WHERE p.author IN (SELECT u.id FROM users u WHERE u.joined > $3) ORDER BY p.author, p.at DESC",
    ),
    "count_to_exists": ("SELECT id FROM users u WHERE (SELECT count(*) FROM posts p WHERE p.author = u.id) > 0",),
    "union_to_union_all": ("SELECT id, 'user' FROM users UNION SELECT id, 'post' FROM posts",),
}
LEFT_ALONE = (
    "SELECT id FROM users WHERE born = $1",
    "SELECT id FROM users WHERE date(born) = $1",
    "SELECT id FROM users WHERE id NOT IN (SELECT editor FROM posts)",
    "SELECT id FROM posts WHERE author = $1 OR author = $2",
    "SELECT id FROM users WHERE email = $1::text",
    "SELECT id FROM users UNION SELECT id FROM posts",
    "SELECT body, 'user' FROM posts UNION SELECT email, 'post' FROM users",
    "SELECT id FROM users u WHERE (SELECT count(*) FROM posts p WHERE p.author = u.id) > 1",
)


@pytest.fixture
def small(database: Database) -> Database:
    """A database of users and posts."""
    database.script(TABLES)
    return database


@pytest.fixture
def schema(small: Database) -> Schema:
    """Its schema."""
    return catalog.read(small)


def test_every_rule_has_a_case() -> None:
    assert set(rules()) == set(CASES)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CASES.items() for text in texts])
def test_a_rule_gives_a_text_that_can_be_planned(rule: str, text: str, schema: Schema, small: Database) -> None:
    found = {r.rule: r for r in rewrites(text, schema)}
    assert rule in found
    planned(small, found[rule].text)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_statements_are_left_alone(text: str, schema: Schema) -> None:
    assert rewrites(text, schema) == []


@pytest.mark.parametrize("text", [text for texts in CASES.values() for text in texts])
def test_a_rewrite_has_the_same_parameters(text: str, schema: Schema) -> None:
    for found in rewrites(text, schema):
        assert sql.parameters(found.text) == sql.parameters(text)


def only(text: str, schema: Schema) -> Rewrite:
    """The only rewrite of a statement."""
    (found,) = rewrites(text, schema)
    return found


def test_a_converted_value_is_not_the_same_whatever_the_rows(schema: Schema) -> None:
    assert not only("SELECT email FROM users WHERE id = $1::numeric", schema).kept
    assert only("SELECT id FROM posts WHERE date(at) = $1", schema).kept


def test_each_rule_of_kept_meaning_gives_the_same_rows(schema: Schema, small: Database) -> None:
    small.script(
        "INSERT INTO users SELECT i, 'e' || i, NULL, NULL, now() FROM generate_series(1, 40) i;"
        "INSERT INTO posts SELECT i, i % 30 + 1, nullif(i % 7, 0), 'b', "
        "timestamptz '2025-01-01' + i * interval '5 hours' FROM generate_series(1, 200) i"
    )
    values = {"$1": "'2025-01-09'", "$2": "12", "$3": "'2025-01-05'", "$4": "50"}
    numbers = values | {"$1": "3"}
    for rule, texts in CASES.items():
        for text in texts:
            rewrite = next(r for r in rewrites(text, schema) if r.rule == rule)
            given = numbers if rule == "or_to_union_all" or "numeric" in text else texts_of_numbers(values, rule)
            old, new = (rows(small, t, given) for t in (text, rewrite.text))
            assert old == new, rule
            assert old, rule


def texts_of_numbers(values: dict[str, str], rule: str) -> dict[str, str]:
    """A number as text where a column is compared as text."""
    return values | {"$1": "'3'"} if rule == "cast_to_column_type" else values


def rows(database: Database, text: str, values: dict[str, str]) -> list[str]:
    """The rows of a statement, sorted."""
    for parameter, value in values.items():
        text = text.replace(parameter, value)
    return sorted(str(tuple(row.values())) for row in database.query(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT id FROM users WHERE id NOT IN (SELECT author FROM posts WHERE at > $1)", "NOT EXISTS (SELECT 1"),
        ("SELECT id FROM users WHERE id NOT IN (SELECT editor FROM posts)", "posts.editor may hold a NULL"),
        ("SELECT id FROM users WHERE id IN (SELECT editor FROM posts)", ""),
        ("SELECT id FROM users WHERE id NOT IN ($1, $2)", ""),
        ("DELETE FROM users WHERE id NOT IN (SELECT author FROM posts)", ""),
    ],
)
def test_what_not_in_costs_or_hides_is_said_before_it_is_slow(text: str, said: str, schema: Schema) -> None:
    statement = Statement(
        fingerprint="1",
        text=text,
        calls=1,
        total_ms=1,
        mean_ms=1,
        min_ms=1,
        max_ms=1,
        rows=1,
        share=1,
        tables=(),
        roles=(),
    )
    assert said in hints.not_in(statement, schema)
    assert bool(said) == bool(hints.not_in(statement, schema))
