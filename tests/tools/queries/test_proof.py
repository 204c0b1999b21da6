"""Two texts are run beside each other: the same rows, and how long each takes."""

from __future__ import annotations

import pytest

from dbengineer.tools.queries import proof, workload
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.rewrites import rewrites
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

LATEST = (
    "SELECT DISTINCT ON (m.chat) m.chat, m.id FROM messages m "
    "WHERE m.chat IN (SELECT id FROM chats) ORDER BY m.chat, m.sent"
)
NAP = "SELECT i FROM naps WHERE i = $1 AND pg_sleep(i * 9) IS NOT NULL"


@pytest.fixture
def chats(database: Database) -> Database:
    """A database in which all messages were sent at the same time, the newer numbers first."""
    database.script("""
        CREATE TABLE chats (id int PRIMARY KEY);
        CREATE TABLE messages (id int PRIMARY KEY, chat int NOT NULL REFERENCES chats, sent date NOT NULL);
        INSERT INTO chats SELECT generate_series(1, 5);
        INSERT INTO messages SELECT 100 - i, 1 + i % 5, '2025-01-01' FROM generate_series(1, 90) i;
        CREATE INDEX ON messages (chat, sent, id DESC);
        ANALYZE""")
    return database


def compared(database: Database, old: str, new: str) -> list[proof.Pair]:
    """Both texts with each set of values."""
    schema = catalog.read(database)
    runs = proof.old_runs(database, workload.unknown(old), Names(schema))
    return [proof.pair(database, old, new, run, schema) for run in runs]


def test_rows_that_order_by_leaves_open_do_not_speak_against_a_rule(chats: Database) -> None:
    (new,) = [r.text for r in rewrites(LATEST, catalog.read(chats)) if r.rule == "latest_by_lateral"]
    chats.script("SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off")
    old_rows = chats.query(LATEST)
    chats.script("RESET ALL")
    assert old_rows != chats.query(new), "the case shows nothing: both texts took the same of equal rows"
    (pair,) = compared(chats, LATEST, new)
    assert (pair.same, pair.rows) == (True, 5)


def test_another_row_is_another_row_where_no_rule_stands_behind_it(chats: Database) -> None:
    (pair,) = compared(chats, LATEST, LATEST.replace("m.sent", "m.sent, m.id DESC").replace("m.id FROM", "-m.id FROM"))
    assert not pair.same


def test_an_old_text_that_does_not_end_is_slower_than_the_new_one(database: Database) -> None:
    database.script("CREATE TABLE naps (i int); INSERT INTO naps VALUES (0), (1)")
    pairs = compared(database, NAP, "SELECT i FROM naps WHERE i = $1")
    assert {(p.compared, p.before_ms > 2999) for p in pairs} == {(True, False), (False, True)}
    assert all(p.after and p.after.ms < 1000 for p in pairs)


def test_an_old_text_that_never_ends_cannot_be_compared(database: Database) -> None:
    database.script("CREATE TABLE naps (i int); INSERT INTO naps VALUES (1)")
    with pytest.raises(Undrawable, match="does not end within 3 s"):
        compared(database, NAP, "SELECT i FROM naps WHERE i = $1")
