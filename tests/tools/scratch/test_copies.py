"""The copies: the shadow plans like the target, the rehearsal checks like it, the restored copy holds its rows."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.files import height
from dbengineer.tools.scratch.rehearsal import make_rehearsal
from dbengineer.tools.scratch.restored import make_restored
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.shadow import calibrate, hypothetical_index, make_shadow
from dbengineer.tools.target import Target

ODD = ('a"b', "sélect", "table", "with space", "n" * 63, "a;b--", "%s", "it's", "back\\slash")


@pytest.fixture
def odd(server: Server, database: Database) -> Iterator[Target]:
    """A database of odd names, with a table and a schema that the reader may not read."""
    database.script("CREATE ROLE reader LOGIN; CREATE ROLE writer NOLOGIN; GRANT writer TO reader")
    for name in ODD:
        database.script(
            f"CREATE SCHEMA {quoted(name)}; CREATE TABLE {quoted(name, name)} ({quoted(name)} int PRIMARY KEY)"
        )
        database.script(f"GRANT USAGE ON SCHEMA {quoted(name)} TO reader; INSERT INTO {quoted(name, name)} VALUES (1)")
        database.script(f"GRANT SELECT ON {quoted(name, name)} TO reader")
    database.script(f"REVOKE SELECT ON {quoted('sélect', 'sélect')} FROM reader")
    database.script(f"REVOKE USAGE ON SCHEMA {quoted('a;b--')} FROM reader; ANALYZE")
    target = Target.open(server.conninfo(database.name).replace("user=postgres", "user=reader"), trust_role=True)
    yield target
    target.close()
    for copy in ("odd_shadow", "odd_restored", "rehearsal"):
        server.drop(copy)
    database.script("DROP OWNED BY reader; DROP OWNED BY writer; DROP ROLE reader; DROP ROLE writer")


def test_the_shadow_plans_like_its_source_and_holds_no_row(
    server: Server, shop: Target, statements: tuple[str, ...]
) -> None:
    copy = make_shadow(shop, server, "shadow")
    found = calibrate(shop, copy.database, statements)
    copy.database.close()
    assert (found.compared, found.share, found.differing, found.failed) == (8, 1.0, (), ())
    assert found.worst_ratio == pytest.approx(1, abs=0.001)
    assert copy.coverage.complete
    assert copy.notes == ()


ALIKE = """
CREATE TABLE calls (id bigint, device int, at timestamptz);
INSERT INTO calls
  SELECT i, i % 500, timestamptz '2026-01-01' + i * interval '1 minute' FROM generate_series(1, 20000) i;
CREATE UNIQUE INDEX z_first ON calls (id);
CREATE INDEX b_of_device ON calls (device);
CREATE INDEX a_of_device_too ON calls (device);
ALTER TABLE calls ADD CONSTRAINT a_later PRIMARY KEY (id);
CREATE TABLE months (at timestamptz NOT NULL, device int) PARTITION BY RANGE (at);
CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE months_2 PARTITION OF months FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO months SELECT at, device FROM calls WHERE at < '2026-03-01';
VACUUM ANALYZE;
"""


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT at FROM public.calls WHERE device = $1",
        "SELECT at FROM public.calls WHERE id = $1",
        "SELECT id FROM public.calls WHERE NOT device IN (SELECT device FROM public.months WHERE at > $1)",
    ],
    ids=["two indexes alike", "a key that came late", "partitions left out at the start"],
)
def test_what_costs_the_same_is_chosen_the_same(server: Server, database: Database, statement: str) -> None:
    for part in ALIKE.split(";"):
        database.script(part)
    target = Target.open(database.conninfo, trust_role=True)
    copy = make_shadow(target, server, "shadow_alike")
    found = calibrate(target, copy.database, [statement])
    copy.database.close()
    target.close()
    server.drop("shadow_alike")
    assert (found.compared, found.differing) == (1, ())


def test_a_shadow_of_an_older_server_says_that_it_plans_as_18(
    server: Server, shop_15: Target, statements: tuple[str, ...]
) -> None:
    copy = make_shadow(shop_15, server, "shadow_15")
    found = calibrate(shop_15, copy.database, statements)
    copy.database.close()
    assert found.share == 1.0
    assert found.worst_ratio == pytest.approx(1, abs=0.05)
    assert any("PostgreSQL 15" in note for note in copy.notes)


def test_a_hypothetical_index_plans_like_the_real_one(server: Server, shop: Target) -> None:
    wanted, ddl = (
        "SELECT * FROM public.orders WHERE customer_id = 42",
        "CREATE INDEX CONCURRENTLY ON orders (customer_id)",
    )
    real = server.create("real", template="template0")
    real.close()
    restored = make_restored(shop, server, "real")
    restored.database.script("CREATE INDEX ON orders (customer_id)")
    truth = restored.database.explain(wanted)["Plan"]
    restored.database.close()
    shadow = make_shadow(shop, server, "shadow").database
    before = shadow.explain(wanted)["Plan"]
    with hypothetical_index(shadow, ddl) as index:
        planned = shadow.explain(wanted)["Plan"]
    after = shadow.explain(wanted)["Plan"]
    shadow.close()
    assert index.names == ("public.orders_customer_id_idx",) or index.names == ('"public"."orders_customer_id_idx"',)
    assert planned["Node Type"] == truth["Node Type"]
    assert planned["Total Cost"] == pytest.approx(truth["Total Cost"], rel=0.01)
    assert before == after
    assert before["Total Cost"] > 10 * planned["Total Cost"]


def test_trees_grow_with_their_pages() -> None:
    # Measured with pageinspect: bigint keys, 1 page, 276 and 27,422 pages.
    assert [height(pages, 8) for pages in (1, 2, 276, 27_422)] == [0, 0, 1, 2]


def test_what_cannot_be_read_is_left_out_and_counted(server: Server, odd: Target) -> None:
    copy = make_shadow(odd, server, "odd_shadow")
    tables = {
        row["relname"]
        for row in copy.database.query("SELECT relname FROM pg_class WHERE relkind = 'r' AND oid > 16384")
    }
    copy.database.close()
    assert tables == set(ODD) - {"sélect", "a;b--"}
    assert (copy.coverage.examined, copy.coverage.total) == (len(ODD) - 2, len(ODD))
    assert "sélect" in copy.coverage.because
    assert "a;b--" in copy.coverage.because


def test_the_restored_copy_has_the_rows(server: Server, odd: Target) -> None:
    restored = make_restored(odd, server, "odd_restored")
    counts = {name: restored.database.query(f"SELECT count(*) AS n FROM {quoted(name, name)}")[0]["n"]
              for name in set(ODD) - {"sélect", "a;b--"}}  # fmt: skip
    restored.database.close()
    assert set(counts.values()) == {1}
    assert restored.dump_bytes > 0
    assert restored.dump_ms > 0
    assert restored.restore_ms > 0


def test_rows_of_an_older_server_are_restored(server: Server, shop_15: Target) -> None:
    restored = make_restored(shop_15, server, "restored_15")
    count = restored.database.query("SELECT count(*) AS n FROM orders")[0]["n"]
    restored.database.close()
    assert count == 150_000


def test_the_rehearsal_refuses_what_the_target_refuses(server: Server, odd: Target, database: Database) -> None:
    database.script(
        "CREATE TABLE secrets (id int); INSERT INTO secrets VALUES (1); ANALYZE; ALTER TABLE secrets OWNER TO writer"
    )
    database.script("GRANT pg_read_all_data TO reader WITH INHERIT FALSE; GRANT SELECT ON secrets TO reader")
    database.script("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    copy = make_rehearsal(odd, server, "rehearsal")
    owner = copy.database.query(
        "SELECT relowner::regrole::text AS owner, reltuples FROM pg_class WHERE relname = 'secrets'"
    )
    copy.database.script("CREATE ROLE outsider; SET ROLE outsider")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        copy.database.query("SELECT * FROM secrets")
    copy.database.script("RESET ROLE; DROP ROLE outsider; SET ROLE reader")
    assert copy.database.query("SELECT * FROM secrets") == []
    copy.database.close()
    assert owner == [{"owner": "writer", "reltuples": 1.0}]
