"""Debian's PostgreSQL 15, where a version matters, and a workbench with copies made by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.facts import Coverage
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Rows, Workbench

OLD_BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def old_server() -> Iterator[Server]:
    """A PostgreSQL 15 that all tests share."""
    if not OLD_BINARIES.exists():
        pytest.skip("PostgreSQL 15 is not installed here")
    with Server.start(pg_bin=OLD_BINARIES) as server:
        yield server


@pytest.fixture
def old_database(old_server: Server) -> Iterator[Database]:
    """An empty database of PostgreSQL 15."""
    database = old_server.create("old")
    yield database
    database.close()
    old_server.drop("old")


_numbers = itertools.count()

SCHEMA = """
CREATE TABLE public.users (id int PRIMARY KEY, email text);
CREATE TABLE public.log (at timestamptz, what text);
"""
ROWS = """
INSERT INTO public.users SELECT i, 'a' || i % 10 FROM generate_series(1, 100) i;
INSERT INTO public.users VALUES (1000, NULL);
ANALYZE;
"""

MakeBench = Callable[[Rows], Workbench]


@pytest.fixture
def make_bench(server: Server, tmp_path: Path) -> Iterator[MakeBench]:
    """Makes a workbench on the shared server: a target with rows, a rehearsal copy without, a restored copy with."""
    number = next(_numbers)
    names = [f"{kind}{number}" for kind in ("shop", "rehearsal", "restored")]
    databases = [server.create(name) for name in names]
    for database in databases:
        database.script(SCHEMA)
    for database in (databases[0], databases[2]):
        database.script(ROWS)
    target = Target.open(server.conninfo(names[0]), trust_role=True)

    benches: list[Workbench] = []

    def make(rows: Rows) -> Workbench:
        bench = Workbench(target, tmp_path, rows=rows)
        benches.append(bench)
        bench.__dict__.update(scratch=server, rehearsal=_copy(databases[1]), restored=_copy(databases[2]))
        return bench

    yield make
    for bench in benches:
        bench.clones.close()
        if "sandbox" in bench.__dict__:
            bench.sandbox.stop()
    target.close()
    for name, database in zip(names, databases, strict=True):
        database.close()
        server.drop(name)


def _copy(database: Database) -> Copy:
    return Copy(database, (), Coverage(what="objects", examined=1, total=1), 0)


SHOP = """
CREATE EXTENSION pg_stat_statements;
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, note text, closed_at timestamptz);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status text NOT NULL,
    ordered_at timestamptz NOT NULL, basket jsonb NOT NULL, deleted_at timestamptz);
INSERT INTO customers SELECT i, 'Customer' || i || '@example.org', repeat('n', 40) FROM generate_series(1, 2000) i;
INSERT INTO orders SELECT i, 1 + i * 7 % 1900, (ARRAY['done', 'done', 'done', 'open'])[1 + i % 4],
    timestamptz '2025-01-01' + i * interval '10 minutes', jsonb_build_object('coupon', 'c' || i % 500),
    CASE WHEN i % 3 = 0 THEN now() END FROM generate_series(1, 150000) i;
CREATE INDEX orders_ordered_at ON orders (ordered_at);
CREATE INDEX orders_ordered_at_again ON orders (ordered_at);
ANALYZE;
CREATE ROLE reviewer LOGIN;
GRANT pg_monitor, pg_read_all_data TO reviewer;
CREATE ROLE shop_app LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO shop_app;
SELECT pg_stat_statements_reset();
"""
ASKED = (
    (
        "SELECT id, status FROM orders WHERE customer_id = %s AND deleted_at IS NULL ORDER BY ordered_at DESC LIMIT 10",
        17,
    ),
    ("SELECT count(*) FROM orders WHERE date(ordered_at) = %s", "2025-03-03"),
    ("SELECT id FROM customers WHERE lower(email) = lower(%s)", "customer7@example.org"),
    ("SELECT id FROM orders WHERE basket @> %s", '{"coupon": "c7"}'),
    (
        "SELECT email FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE ordered_at > %s)",
        "2025-09-01",
    ),
    ("UPDATE orders SET status = 'done' WHERE id = %s", 7),
    ("INSERT INTO customers VALUES (%s, 'x')", 100000),
)


@pytest.fixture(scope="session")
def shop() -> Iterator[Server]:
    """A server of its own with the database of a shop that an application has used; autovacuum is off."""
    with Server.start(settings={"autovacuum": "off"}) as server:
        owner = server.create("shop")
        owner.script(SHOP)
        owner.close()
        with psycopg.connect(server.conninfo("shop"), user="shop_app", autocommit=True) as application:
            for statement, value in ASKED:
                for _ in range(3 if statement.startswith(("SELECT", "UPDATE")) else 1):
                    application.execute(statement, (value,), prepare=False)
        yield server


@pytest.fixture(scope="session")
def shop_benches(shop: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Rows, Workbench]]:
    """Workbenches on the shop, without and with leave to copy rows; both share the server and so two of the copies."""
    url = make_conninfo(shop.conninfo("shop"), user="reviewer")
    benches: dict[Rows, Workbench] = {}
    rows: Rows
    for rows in ("none", "copy"):
        bench = Workbench(Target.open(url), tmp_path_factory.mktemp(rows), rows=rows)
        bench.__dict__["scratch"] = shop
        benches[rows] = bench
    shared = benches["none"].shadow, benches["none"].rehearsal
    benches["copy"].__dict__["shadow"], benches["copy"].__dict__["rehearsal"] = shared
    yield benches
    for bench in benches.values():
        bench.clones.close()
        bench.target.close()
    for copy in shared:
        copy.database.close()
    if "restored" in benches["copy"].__dict__:
        benches["copy"].restored.database.close()


@pytest.fixture
def shop_bench(shop_benches: dict[Rows, Workbench]) -> Workbench:
    """The workbench without leave to copy rows."""
    return shop_benches["none"]


@pytest.fixture
def shop_bench_with_rows(shop_benches: dict[Rows, Workbench]) -> Workbench:
    """The workbench with leave to copy rows."""
    return shop_benches["copy"]
