"""Existing indexes in the same choice: which may go, and what keeping one costs those who write."""

from __future__ import annotations

import pytest

from dbengineer.tools.indexes import dropping, leaning, statistics, writes
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.candidates import candidates
from dbengineer.tools.indexes.select import Selection, Terms, select
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.plans import read
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

SHELF = """
CREATE TABLE shelves (id int PRIMARY KEY, label text UNIQUE);
CREATE TABLE books (id int PRIMARY KEY, shelf int REFERENCES shelves, author int, title text, lent date);
INSERT INTO shelves SELECT i, 's' || i FROM generate_series(1, 200) i;
INSERT INTO books SELECT i, 1 + i % 200, i % 1500, 't' || i, date '2026-01-01' + i % 200
    FROM generate_series(1, 20000) i;
CREATE INDEX books_author ON books (author);
CREATE INDEX books_author_title ON books (author, title);
CREATE INDEX books_shelf ON books (shelf);
CREATE INDEX books_title ON books (title);
ANALYZE;
"""
BY_AUTHOR = "SELECT id FROM books WHERE author = $1"
LENT = "SELECT id FROM books WHERE lent = $1 AND author = $2"


@pytest.fixture
def books(database: Database) -> Database:
    """Books, with indexes that others make superfluous."""
    database.script(SHELF)
    return database


def asked(text: str, calls: int = 10) -> Statement:
    return workload.unknown(text).model_copy(update={"calls": calls, "share": 0.5, "rows": calls})


def going(books: Database, *new: Candidate) -> dict[str, dropping.Droppable]:
    return dropping.droppable(books, catalog.read(books), new)


def test_only_what_nothing_needs_may_go(books: Database) -> None:
    found = going(books)
    assert set(found) == {"public.books_author"}, "keys, unique values, a foreign key's only support and used ones stay"
    assert (
        not found["public.books_author"].instead or "public.books_author_title" in found["public.books_author"].instead
    )


def test_an_index_may_go_where_a_new_one_serves_what_it_does(books: Database) -> None:
    wider = Candidate(table="public.books", keys=(Key(expression="title"), Key(expression="lent")))
    assert going(books, wider)["public.books_title"].instead == (wider.name,)


def chosen(books: Database, *statements: Statement, terms: Terms, budget: int | None = None) -> Selection:
    wanted = candidates({s.fingerprint: s.text for s in statements}, catalog.read(books), statistics.read(books))
    found = going(books, *wanted)
    with Planner(books) as planner:
        for name, drop in found.items():
            planner.adopt(name, name, drop.index.bytes)
        keep = {name: drop.instead for name, drop in found.items() if drop.instead}
        return select(planner, statements, wanted, budget, terms.model_copy(update={"keep": keep}))


def test_what_costs_more_to_keep_than_it_gains_goes(books: Database) -> None:
    costly = Terms(weigh="calls", writes={"public.books_author": 1e6})
    assert chosen(books, asked(BY_AUTHOR), terms=costly).drops == ("public.books_author",)
    gains = Terms(weigh="calls")
    assert chosen(books, asked(BY_AUTHOR, calls=10_000), terms=gains).drops == ()


def test_all_indexes_are_there_again_afterwards(books: Database) -> None:
    chosen(books, asked(BY_AUTHOR), asked(LENT), terms=Terms(weigh="calls", writes={"public.books_author": 1e6}))
    assert books.query("SELECT count(*) AS n FROM pg_index WHERE NOT indisvalid") == [{"n": 0}]


def test_an_index_that_writers_pay_more_for_than_readers_gain_is_not_chosen(books: Database) -> None:
    wanted = candidates({"f": LENT}, catalog.read(books), statistics.read(books))
    dear = Terms(weigh="calls", writes={c.name: 1e9 for c in wanted})
    assert chosen(books, asked(LENT), terms=Terms(weigh="calls")).indexes
    assert chosen(books, asked(LENT), terms=dear).indexes == ()


def test_updates_that_are_no_longer_hot_count_for_every_index_of_the_table() -> None:
    lent = Candidate(table="public.books", keys=(Key(expression="lent"),))
    title = Candidate(table="public.books", keys=(Key(expression="title"),))
    written = {"public.books": writes.Written(inserted=100, updated=1000, hot=1000, indexes=4)}
    update = asked("UPDATE books SET lent = $1 WHERE id = $2", calls=1000)
    seen = Workload(statements=(update,), coverage=workload.Coverage(what="statements", examined=1, total=1))
    prices = writes.prices([lent, title], written, seen)
    assert prices[title.body] == pytest.approx(100 * writes.ENTRY)
    assert prices[lent.body] == pytest.approx((100 + 1000 * 5) * writes.ENTRY)


def test_plans_that_lean_on_estimates_are_named(books: Database) -> None:
    books.script("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off")
    joined = "SELECT b.title FROM books a JOIN books b ON b.author = a.shelf WHERE a.lent > '2026-03-01'"
    assert any("nested loop" in said for said in leaning.leans(read.plan(books.explain(joined))))
    assert leaning.leans(read.plan(books.explain("SELECT title FROM books WHERE id = 7"))) == ()
