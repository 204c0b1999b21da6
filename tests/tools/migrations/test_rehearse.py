"""A change is rehearsed on a real copy: its locks, its work, its way back."""

from __future__ import annotations

import pytest

from dbengineer.tools.migrations import locks
from dbengineer.tools.migrations.rehearse import rehearse
from dbengineer.tools.migrations.running import Step
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

SHOP = """
CREATE TABLE users (id int PRIMARY KEY, email text, name varchar(50));
CREATE TABLE orders (id int PRIMARY KEY, user_id int, total int);
INSERT INTO users SELECT i, 'a' || i % 10, 'n' FROM generate_series(1, 100) i;
INSERT INTO orders SELECT i, i, i FROM generate_series(1, 100) i;
ANALYZE;
"""


@pytest.fixture
def shop(database: Database) -> Database:
    """A shop with a few rows."""
    database.script(SHOP)
    return database


def held(step: Step) -> list[str]:
    """The locks of a step, shortly."""
    return [f"{lock.relation} {locks.spelled(lock.mode)}" for lock in step.locks]


def test_an_index_built_concurrently_blocks_neither_reads_nor_writes(shop: Database) -> None:
    sql = "CREATE INDEX CONCURRENTLY orders_user ON public.orders (user_id)"
    rehearsal = rehearse(shop, sql, "DROP INDEX CONCURRENTLY public.orders_user")
    assert (rehearsal.reversibility, rehearsal.error) == ("exact", "")
    (up,) = rehearsal.up
    assert up.alone
    assert held(up) == ["public.orders SHARE UPDATE EXCLUSIVE"]
    assert up.work == ("index build: public.orders",)
    assert held(rehearsal.down[0])[0] == "public.orders SHARE UPDATE EXCLUSIVE"
    assert rehearsal.restored == rehearsal.before != rehearsal.after == rehearsal.repeated


@pytest.mark.parametrize(
    ("statement", "locked", "work"),
    [
        ("ALTER TABLE orders ADD COLUMN note text", ["public.orders ACCESS EXCLUSIVE"], ()),
        ("CREATE INDEX x ON orders (user_id)", ["public.orders SHARE"], ("index build: public.orders",)),
        ("ALTER TABLE orders ADD CHECK (total > 0)", ["public.orders ACCESS EXCLUSIVE"], ("full scan: public.orders",)),
        ("ALTER TABLE orders ADD CHECK (total > 0) NOT VALID", ["public.orders ACCESS EXCLUSIVE"], ()),
        (
            "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID",
            ["public.orders SHARE ROW EXCLUSIVE", "public.users SHARE ROW EXCLUSIVE"],
            (),
        ),
        ("COMMENT ON COLUMN orders.total IS 'cents'", ["public.orders SHARE UPDATE EXCLUSIVE"], ()),
    ],
)
def test_each_statement_shows_its_lock_and_its_work(
    shop: Database, statement: str, locked: list[str], work: tuple[str, ...]
) -> None:
    (step,) = rehearse(shop, statement, "").up
    assert [lock for lock in held(step) if "pkey" not in lock] == locked
    assert step.work == work
    assert step.rewrites == ()


def test_a_change_of_type_writes_the_table_again(shop: Database) -> None:
    up, down = (f"ALTER TABLE public.orders ALTER COLUMN id TYPE {t}" for t in ("bigint", "int"))
    schema = catalog.read(shop)
    rehearsal = rehearse(shop, up, down)
    assert rehearsal.reversibility == "exact"
    assert rehearsal.up[0].rewrites == ("public.orders",)
    assert "rewrite: public.orders" in rehearsal.up[0].work
    assert rehearsal.up[0].wal_bytes > 8000
    assert locks.at_size("rewrite: public.orders", schema) == ("rewrite of public.orders, a table of 100 rows (8 kB)")


def test_a_column_that_comes_back_is_empty(shop: Database) -> None:
    up, down = "ALTER TABLE users DROP COLUMN name", "ALTER TABLE users ADD COLUMN name varchar(50)"
    rehearsal = rehearse(shop, up, down)
    assert (rehearsal.reversibility, rehearsal.lost) == ("lossy", ("public.users.name",))
    assert rehearse(shop, down, up).written_since == ("public.users.name",)


def test_a_way_back_that_forgets_something_is_none(shop: Database) -> None:
    up = "ALTER TABLE users ALTER COLUMN email SET NOT NULL; CREATE INDEX by_mail ON users (email)"
    rehearsal = rehearse(shop, up, "DROP INDEX by_mail")
    assert rehearsal.reversibility == "irreversible"
    assert "public.users.email" in rehearsal.because
    assert rehearse(shop, "CREATE TABLE a ()", "").because == "there is no way back"


def test_rows_that_are_in_the_way_make_it_fail_and_are_not_shown(shop: Database) -> None:
    sql = "CREATE UNIQUE INDEX CONCURRENTLY by_mail ON users (email)"
    rehearsal = rehearse(shop, sql, "DROP INDEX by_mail")
    assert rehearsal.reversibility == "failed"
    assert "could not create unique index" in rehearsal.error
    assert "Key (email)=(…) is duplicated" in rehearsal.error


def test_changed_rows_do_not_come_back(shop: Database) -> None:
    rehearsal = rehearse(shop, "UPDATE users SET name = 'x'", "SELECT 1")
    assert (rehearsal.reversibility, "rows are changed" in rehearsal.because) == ("lossy", True)


def test_an_old_server_rehearses_too(old_database: Database) -> None:
    old_database.script(SHOP)
    sql = "CREATE INDEX CONCURRENTLY orders_user ON public.orders (user_id)"
    rehearsal = rehearse(old_database, sql, "DROP INDEX CONCURRENTLY public.orders_user")
    assert rehearsal.reversibility == "exact"
    assert held(rehearsal.up[0]) == ["public.orders SHARE UPDATE EXCLUSIVE"]


def test_a_vacuum_that_gives_pages_back_is_not_kept_waiting(shop: Database) -> None:
    shop.script("CREATE TABLE log (line text); INSERT INTO log SELECT repeat('x', 500) FROM generate_series(1, 20000)")
    shop.script("DELETE FROM log")
    (vacuum,) = rehearse(shop, "VACUUM log", "").up
    assert held(vacuum) == ["public.log SHARE UPDATE EXCLUSIVE"]
    assert vacuum.took_ms < 3000
