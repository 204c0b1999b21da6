"""Other texts mean the same: run beside the old ones on rows that are meant to tell them apart."""

from __future__ import annotations

from collections import Counter

import pytest

from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rewrites import rewrites
from dbengineer.tools.schema import catalog
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.scratch.database import Database

ROWS = """
CREATE TABLE users (id int PRIMARY KEY, boss int, name text);
CREATE TABLE posts (id bigint PRIMARY KEY, author int NOT NULL REFERENCES users, editor int, at timestamptz NOT NULL,
    local timestamp);
CREATE TABLE votes (voter int, post int, weight int);
INSERT INTO users SELECT i, nullif(i % 4, 0), 'n' || i % 5 FROM generate_series(1, 20) i;
INSERT INTO posts SELECT i, 1 + i % 15, CASE WHEN i % 3 > 0 THEN 1 + i % 6 END,
    timestamptz '2025-03-01 00:00 UTC' + i * interval '37 minutes', timestamp '2025-03-01' + i * interval '37 minutes'
    FROM generate_series(1, 300) i;
INSERT INTO votes SELECT nullif(i % 4, 0), nullif(i % 5, 0), i % 2 FROM generate_series(1, 60) i, generate_series(1, 2);
"""
Row = tuple[object, ...]


@pytest.fixture
def forum(database: Database) -> Database:
    """A database with NULLs, doubles and rows around midnight."""
    database.script(ROWS)
    return database


@pytest.fixture
def schema(forum: Database) -> Schema:
    """Its schema."""
    return catalog.read(forum)


def changed(text: str, schema: Schema, rule: str) -> str:
    """The other text that a rule of kept meaning gives."""
    (found,) = [r for r in rewrites(text, schema) if r.rule == rule]
    assert found.kept
    return found.text


def asked(database: Database, text: str, *values: str) -> tuple[list[str], list[Row]]:
    """The names of the columns and the rows that a statement gives back."""
    filled = sql.filled(text, dict(enumerate(values, 1)))
    cursor = database.connection.execute(filled.encode(), prepare=False)
    names = [column.name for column in cursor.description or ()]
    return names, [tuple(row.values()) for row in cursor.fetchall()]


def assert_same(database: Database, old: str, new: str, *values: str) -> int:
    """Both texts give the same rows under the same names; gives back how many."""
    (names, rows), (new_names, new_rows) = asked(database, old, *values), asked(database, new, *values)
    assert names == new_names
    assert Counter(map(str, rows)) == Counter(map(str, new_rows))
    return len(rows)


ZONES = {
    "America/Havana": "2023-11-05",  # 01:00 became 00:00: the day has two first hours
    "America/St_Johns": "2006-10-29",  # 00:01 became 23:01: a minute of the day came before the end of the day before
    "America/Sao_Paulo": "2018-11-04",  # midnight was left out
    "Pacific/Apia": "2011-12-30",  # the whole day was left out
    "Pacific/Kwajalein": "1969-10-01",  # 23 hours came twice
    "UTC": "2024-02-29",
}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("operator", ["=", "<", "<=", ">", ">="])
def test_a_day_is_the_same_in_every_time_zone(forum: Database, zone: str, operator: str) -> None:
    day = ZONES[zone]
    forum.script(
        f"CREATE TABLE seen (at timestamptz); SET timezone = '{zone}';"
        f"INSERT INTO seen SELECT timestamptz '{day} 00:00 UTC' + i * interval '15 minutes' "
        "FROM generate_series(-300, 300) i; INSERT INTO seen VALUES (NULL), ('infinity'), ('-infinity')"
    )
    old = f"SELECT at::date::text FROM seen WHERE date(at) {operator} $1"
    new = changed(old, catalog.read(forum), "day_as_range")
    assert assert_same(forum, old, new, f"'{day}'") or zone == "Pacific/Apia"
    for other in ("'infinity'", "'-infinity'", "NULL"):
        assert_same(forum, old, new, other)


def test_a_day_without_zone_is_read_by_its_index(forum: Database, schema: Schema) -> None:
    old = "SELECT id FROM posts WHERE $1 = local::date"
    new = changed(old, schema, "day_as_range")
    assert assert_same(forum, old, new, "'2025-03-04'") == 39
    forum.script("CREATE INDEX posts_local ON posts (local); SET enable_seqscan = off; SET enable_bitmapscan = off")
    assert "posts_local" in str(forum.explain(sql.filled(new, {1: "'2025-03-04'"})))


MAY_BE_NULL = (
    "SELECT id FROM users WHERE id NOT IN (SELECT editor FROM posts)",
    "SELECT id FROM users WHERE boss NOT IN (SELECT author FROM posts)",
    "SELECT u.name FROM users u LEFT JOIN posts p ON p.editor = u.id WHERE p.author NOT IN (SELECT id FROM users)",
    "SELECT id FROM users WHERE id NOT IN (SELECT p.author FROM users u LEFT JOIN posts p ON p.editor = u.id)",
    "SELECT id FROM users WHERE id NOT IN (SELECT max(author) FROM posts WHERE id < 0)",
    "SELECT id FROM users WHERE id NOT IN (SELECT author FROM posts ORDER BY id LIMIT 3)",
    "SELECT id FROM users WHERE id NOT IN (SELECT u.author FROM (SELECT editor AS author FROM posts) u)",
    "SELECT id FROM users WHERE id NOT IN (SELECT id FROM users WHERE boss = 1)",
    "SELECT id FROM users WHERE (id NOT IN (SELECT author FROM posts)) IS NULL",
)


@pytest.mark.parametrize("text", MAY_BE_NULL)
def test_not_in_stays_where_a_null_or_a_name_could_make_a_difference(text: str, schema: Schema) -> None:
    assert rewrites(text, schema) == []


def test_not_in_keeps_what_its_subquery_names_from_around_it(forum: Database, schema: Schema) -> None:
    old = (
        "SELECT name, current_timestamp(0) FROM users WHERE name > $1 "
        "AND id NOT IN (SELECT DISTINCT author FROM posts p WHERE p.id > boss OR id = $2)"
    )
    assert assert_same(forum, old, changed(old, schema, "not_in_to_not_exists"), "'n1'", "7")


EITHER = (
    "SELECT * FROM votes WHERE voter = $1 OR post = $2",
    "SELECT voter, count(*) OVER () FROM votes WHERE voter = $1 OR post = $2",
    "SELECT weight FROM public.votes v WHERE (v.voter = $1 OR v.post = $2) AND weight = 1 ORDER BY post, voter LIMIT 9",
    "SELECT count(*) FROM votes WHERE NOT weight = 1 AND (post IS NULL OR voter = $1 AND weight <> $2)",
    "SELECT DISTINCT weight FROM ONLY votes WHERE voter <> $1 OR post > $2",
)


@pytest.mark.parametrize("text", EITHER)
def test_rows_that_both_arms_find_come_as_often_as_before(text: str, forum: Database, schema: Schema) -> None:
    rewritten = [r for r in rewrites(text, schema) if r.rule == "or_to_union_all"]
    assert bool(rewritten) == ("OVER" not in text)
    for new in rewritten:
        for values in (("1", "2"), ("3", "3"), ("NULL", "4")):
            assert_same(forum, text, new.text, *values)


NOT_TWICE = (
    "SELECT ctid FROM votes WHERE voter = $1 OR post = $2",
    "SELECT weight FROM votes WHERE voter = $1 OR post = $2 FOR UPDATE",
    "SELECT weight FROM votes WHERE (voter = $1 OR post = $2) AND random() < $3",
    "SELECT weight FROM votes WHERE voter = $1 OR post = $2 OR weight = $3",
    "SELECT weight FROM votes WHERE voter = $1 OR voter = $2",
)


@pytest.mark.parametrize("text", NOT_TWICE)
def test_an_or_stays_where_a_table_cannot_be_read_twice(text: str, schema: Schema) -> None:
    assert rewrites(text, schema) == []


LATEST = (
    "SELECT DISTINCT ON (p.author) p.id, p.at AS author FROM posts p ORDER BY p.author DESC, p.at DESC, p.id",
    "SELECT DISTINCT ON (author) * FROM posts WHERE editor = $1 AND posts.author IN "
    "(SELECT boss FROM users WHERE name <> $2) ORDER BY author, at",
)


@pytest.mark.parametrize("text", LATEST)
def test_the_first_of_each_group_comes_in_the_same_order(text: str, forum: Database, schema: Schema) -> None:
    new = changed(text, schema, "latest_by_lateral")
    values = ("3", "'n1'") if "$1" in text else ()
    assert "Sort Key: p.at" not in new
    assert assert_same(forum, text, new, *values)
    assert asked(forum, text, *values) == asked(forum, new, *values)


GROUPS_UNKNOWN = (
    "SELECT DISTINCT ON (editor) id FROM posts ORDER BY editor, at",
    "SELECT DISTINCT ON (author) id FROM posts ORDER BY author, at LIMIT 5",
    "SELECT DISTINCT ON (author) id, row_number() OVER () FROM posts ORDER BY author, at",
    "SELECT DISTINCT ON (author, editor) id FROM posts ORDER BY author, editor, at",
    "SELECT DISTINCT ON (author) id FROM posts WHERE author IN (SELECT boss FROM users WHERE name = posts.at::text) "
    "ORDER BY author, at",
    "SELECT DISTINCT ON (name) id FROM users ORDER BY name, id",
)


@pytest.mark.parametrize("text", GROUPS_UNKNOWN)
def test_groups_stay_where_they_are_not_known_for_sure(text: str, schema: Schema) -> None:
    assert rewrites(text, schema) == []


EXTREME = (
    "SELECT v.* FROM votes v WHERE v.post = (SELECT max(w.post) FROM votes w WHERE w.voter = v.voter)",
    "SELECT v.* FROM votes v WHERE (SELECT min(post) FROM votes w WHERE weight = 1 AND v.voter = w.voter) = v.post",
    "SELECT p.id FROM posts p JOIN users u ON u.id = p.author "
    "WHERE u.boss > $1 AND p.at = (SELECT max(q.at) FROM posts q WHERE q.author = u.id AND q.id < $2)",
)


@pytest.mark.parametrize("text", EXTREME)
def test_the_extreme_of_each_group_keeps_ties_and_loses_nulls(text: str, forum: Database, schema: Schema) -> None:
    values = ("1", "250") if "$1" in text else ()
    assert assert_same(forum, text, changed(text, schema, "latest_of_each"), *values)


COUNTED = ("> 0", ">= 1", "<> 0", "= 0", "< 1", "<= 0")


@pytest.mark.parametrize("compared", COUNTED)
def test_counting_to_see_whether_there_are_any(compared: str, forum: Database, schema: Schema) -> None:
    old = f"SELECT id, (SELECT count(*) FROM posts p WHERE p.editor = u.id) {compared} AS any FROM users u"
    new = changed(old, schema, "count_to_exists")
    assert assert_same(forum, old, new) == 20
    assert "count" not in new


def test_a_limit_that_is_a_parameter_may_be_any_number(schema: Schema) -> None:
    assert rewrites("SELECT id FROM users u WHERE (SELECT count(*) FROM posts WHERE editor = u.id) > $1", schema) == []


def test_nothing_else_of_a_statement_changes(forum: Database, schema: Schema) -> None:
    old = (
        "SELECT now(), current_timestamp(0), extract(epoch FROM at), date_part('dow', at), 2 ^ 3, mod(id, 2), "
        "local::timestamp(0) FROM ONLY posts WHERE date(local) = $1 ORDER BY at USING <, id NULLS FIRST"
    )
    new = changed(old, schema, "day_as_range")
    assert new.partition(" WHERE ")[0] == sql.runnable(old).partition(" WHERE ")[0]
    assert asked(forum, old, "'2025-03-02'")[0] == asked(forum, new, "'2025-03-02'")[0]


def test_only_what_reads_is_rewritten(schema: Schema) -> None:
    assert rewrites("DELETE FROM posts WHERE date(at) = $1", schema) == []
    assert rewrites("SELECT FROM WHERE", schema) == []
