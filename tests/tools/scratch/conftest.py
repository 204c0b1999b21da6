"""A shop to copy: on the shared server, and on Debian's PostgreSQL 15 where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, country text);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint REFERENCES customers, total numeric, status text, at timestamptz
);
INSERT INTO customers
SELECT i, 'c' || i || '@example.com', (ARRAY['CH', 'DE', 'FR'])[1 + i % 3] FROM generate_series(1, 50000) i;
INSERT INTO orders (customer_id, total, status, at)
SELECT 1 + (i::bigint * 7919) % 50000, i % 1000, CASE WHEN i % 20 = 0 THEN 'open' ELSE 'done' END,
       timestamptz '2026-01-01' + i * interval '1 minute'
FROM generate_series(1, 150000) i;
CREATE INDEX orders_at ON orders (at);
CREATE INDEX customers_email ON customers (lower(email));
CREATE INDEX orders_open ON orders (status) WHERE status = 'open';
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open';
"""

STATEMENTS = (
    "SELECT * FROM public.orders WHERE id = 42",
    "SELECT * FROM public.customers c JOIN public.orders o ON o.customer_id = c.id WHERE c.id BETWEEN 7 AND 9",
    "SELECT country, count(*) FROM public.customers GROUP BY 1",
    "SELECT * FROM public.orders WHERE at BETWEEN '2026-02-01' AND '2026-02-03' ORDER BY at",
    "SELECT * FROM public.open_orders ORDER BY id LIMIT 10",
    "SELECT c.id, sum(total) FROM public.customers c JOIN public.orders o ON o.customer_id = c.id GROUP BY 1 LIMIT 5",
    "SELECT * FROM public.customers WHERE lower(email) = 'c9@example.com'",
    "SELECT count(*) FROM public.orders WHERE total > 990 AND status = 'open'",
)


@pytest.fixture
def statements() -> tuple[str, ...]:
    """What the shop is asked."""
    return STATEMENTS


def fill(database: Database) -> None:
    """Makes the shop, about 20 MB."""
    database.script(SHOP)
    database.script("VACUUM (ANALYZE)")


@pytest.fixture(scope="session")
def shop(server: Server) -> Iterator[Target]:
    """The shop on the shared server."""
    yield from _shop(server)


@pytest.fixture(scope="session")
def server_15() -> Iterator[Server]:
    """A PostgreSQL 15 that also listens on 127.0.0.1."""
    if not (POSTGRES_15 / "postgres").exists():
        pytest.skip("no PostgreSQL 15 here")
    with Server.start(pg_bin=POSTGRES_15, listen_tcp=True) as server:
        yield server


@pytest.fixture(scope="session")
def shop_15(server_15: Server) -> Iterator[Target]:
    """The shop on PostgreSQL 15."""
    yield from _shop(server_15)


def _shop(server: Server) -> Iterator[Target]:
    database = server.create("shop")
    fill(database)
    database.close()
    target = Target.open(server.conninfo("shop"), trust_role=True)
    yield target
    target.close()
    server.drop("shop")
