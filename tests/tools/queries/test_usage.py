"""What statements do with columns, and where values for their parameters are found."""

from __future__ import annotations

import pytest

from dbengineer.tools.queries.usage import Names, draws, qualified, uses
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

TABLES = """
CREATE TABLE users (id int PRIMARY KEY, email text, closed timestamptz);
CREATE TABLE posts (id int PRIMARY KEY, author int, body text, at timestamptz, pinned bool);
CREATE SCHEMA other; CREATE TABLE other.users (id int);
"""


@pytest.fixture
def names(database: Database) -> Names:
    """The names of a small schema."""
    database.script(TABLES)
    return Names(catalog.read(database))


def test_conditions_name_expression_operator_and_other_side(names: Names) -> None:
    (use,) = uses("SELECT id FROM users WHERE lower(email) = $1 AND closed IS NULL AND id > $2", names)
    found = [(c.expression, c.operator, c.other) for c in use.conditions]
    assert found == [("lower(email)", "=", "value"), ("closed", "is null", "none"), ("id", ">", "value")]


def test_joins_are_seen_from_both_sides(names: Names) -> None:
    users, posts = uses("SELECT u.email FROM users u JOIN posts p ON p.author = u.id WHERE NOT p.pinned", names)
    assert [(c.expression, c.other) for c in users.conditions] == [("id", "column")]
    assert {(c.expression, c.operator) for c in posts.conditions} == {("author", "="), ("pinned", "is false")}


def test_an_outer_column_is_a_value_for_a_subquery(names: Names) -> None:
    outer, inner = uses("SELECT (SELECT max(p.at) FROM posts p WHERE p.author = u.id) FROM users u", names)
    assert [(c.expression, c.other) for c in inner.conditions] == [("author", "value")]
    assert outer.conditions == ()


def test_an_inner_column_is_not_taken_for_an_outer_one(names: Names) -> None:
    text = "SELECT email FROM users WHERE id NOT IN (SELECT author FROM posts WHERE at > $1)"
    assert draws(text, names)[1].table == "public.posts"


def test_arms_of_an_or_stay_apart(names: Names) -> None:
    (use,) = uses("SELECT 1 FROM posts WHERE (author = $1 OR id = $2) AND pinned", names)
    assert [[c.expression for c in arm] for arm in use.alternatives] == [["author"], ["id"]]
    assert [c.expression for c in use.conditions] == ["pinned"]


def test_order_by_an_output_name_is_order_by_its_column(names: Names) -> None:
    (use,) = uses("SELECT at AS moment FROM posts ORDER BY moment DESC LIMIT $1", names)
    assert [(o.expression, o.descending, o.nulls_first) for o in use.order] == [("at", True, True)]
    assert use.limited


def test_an_order_over_two_tables_is_none(names: Names) -> None:
    users, posts = uses("SELECT 1 FROM users u JOIN posts p ON true ORDER BY u.id, p.at", names)
    assert (users.order, posts.order) == ((), ())


def test_public_comes_before_other_schemas(names: Names) -> None:
    assert [u.table for u in uses("SELECT 1 FROM users", names)] == ["public.users"]
    assert [u.table for u in uses("SELECT 1 FROM other.users", names)] == ["other.users"]


def test_names_get_their_schema(names: Names) -> None:
    assert qualified("SELECT 1 FROM users u, pg_class", names) == "SELECT 1 FROM public.users u, pg_class"
