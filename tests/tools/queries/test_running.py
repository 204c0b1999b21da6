"""Statements are planned although nobody knows any more what type their parameters had."""

from __future__ import annotations

import pytest
from psycopg.pq import TransactionStatus

from dbengineer.tools.queries import running
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.scratch.database import Database


@pytest.fixture
def diary(database: Database) -> Database:
    """A table with a day, a moment, a number and a text."""
    database.script("CREATE TABLE diary (day date, at timestamptz, pages int, text text)")
    return database


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM diary WHERE day < CURRENT_DATE + $1",
        "SELECT * FROM diary WHERE day BETWEEN $1::date - $2 AND $1::date + $3",
        "SELECT * FROM diary WHERE at > now() - $1 AND pages = $2 + $3",
        "INSERT INTO diary (text) SELECT $1 || g FROM generate_series($2, $3) g",
        "SELECT 'ä' FROM diary WHERE text = 'ü' AND day > CURRENT_DATE - $1",
    ],
)
def test_a_type_is_found_where_postgresql_cannot_choose_one(diary: Database, text: str) -> None:
    assert running.planned(diary, text).cost > 0
    assert running.planned(diary, text).cost > 0


def test_what_has_a_type_is_left_as_it_is(diary: Database) -> None:
    running.planned(diary, "SELECT * FROM diary WHERE day = $1 AND text LIKE $2")
    assert not diary.memory[("typed",)]


@pytest.mark.parametrize("text", ["SELECT nothing($1)", "SELECT * FROM nowhere", "SELECT day + text FROM diary"])
def test_what_cannot_be_planned_says_why(diary: Database, text: str) -> None:
    with pytest.raises(Unplannable, match="does not exist"):
        running.planned(diary, text)


def test_a_time_out_that_strikes_as_its_statement_ends_does_not_leave_a_broken_transaction(database: Database) -> None:
    ended = 0
    for rows in range(1_000, 31_000, 20):
        try:
            running.run(database, f"SELECT sum(g) FROM generate_series(1, {rows}) g", timeout_ms=1)
        except running.Endless:
            ended += 1
        assert database.connection.info.transaction_status == TransactionStatus.IDLE
    assert 0 < ended < 1_500, "some statements have to end in their time, and some not"
