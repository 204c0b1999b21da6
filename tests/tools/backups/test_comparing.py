"""A restored database beside its source, with every kind of damage."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from dbengineer.tools.backups import comparing, contents, controls
from dbengineer.tools.backups.comparing import TableCheck
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

SHOP = """
CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text, since timestamptz, x int[]);
CREATE INDEX customer_email ON customer (email);
INSERT INTO customer (email, since, x) SELECT 'user' || i, now() - i * interval '1 day', ARRAY[i, 2] FROM generate_series(1, 500) i;
CREATE TABLE "odd "" name" (x int, doc jsonb, spent float8);
INSERT INTO "odd "" name" VALUES (1, '{"a": 1}', 0.1 + 0.2);
CREATE TABLE empty ();
CREATE VIEW recent AS SELECT * FROM customer WHERE since > now() - interval '7 days';
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
"""  # noqa: E501

Restore = Callable[[], Database]


@pytest.fixture
def restored(server: Server, database: Database) -> Iterator[Database]:
    """The shop, dumped and restored into a second database of the server."""
    database.script(SHOP)
    name = database.name + "_restored"
    copy = server.create(name)
    dump = [server.bin_dir / "pg_dump", "--dbname", server.conninfo(database.name)]
    text = subprocess.run(dump, check=True, capture_output=True).stdout
    psql = [server.bin_dir / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", server.conninfo(name)]
    subprocess.run(psql, input=text, check=True, capture_output=True)
    yield copy
    copy.close()
    server.drop(name)


def compared(source: Database, copy: Database) -> dict[str, TableCheck]:
    todo = comparing.jobs(contents.tables(source))
    before, after = comparing.digests(source, todo), comparing.digests(copy, todo)
    return {c.table: c for c in comparing.compare_tables(source, before, after, todo)}


def test_what_was_restored_is_the_same_whatever_the_session_prints(database: Database, restored: Database) -> None:
    database.script("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET extra_float_digits = 0")
    assert {c.verdict for c in compared(database, restored).values()} == {"same", "differs"}
    comparing.align(restored, database)
    checks = compared(database, restored)
    assert {c.verdict for c in checks.values()} == {"same"}
    assert set(checks) == {"public.customer", 'public.odd " name', "public.empty"}
    assert checks["public.customer"].restored.rows == 500


def test_the_order_of_rows_does_not_matter(database: Database, restored: Database) -> None:
    restored.script("CLUSTER customer USING customer_email; UPDATE customer SET x = x WHERE id % 2 = 0")
    assert compared(database, restored)["public.customer"].verdict == "same"


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM customer WHERE id = 77",
        "UPDATE customer SET email = 'someone else' WHERE id = 77",
        "UPDATE customer SET since = since + interval '1 microsecond' WHERE id = 77",
        "INSERT INTO customer (email) VALUES ('new')",
    ],
)
def test_one_damaged_row_is_noticed(database: Database, restored: Database, damage: str) -> None:
    restored.script(damage)
    assert compared(database, restored)["public.customer"].verdict == "differs"


def test_a_table_written_during_the_drill_says_nothing_either_way(database: Database, restored: Database) -> None:
    todo = comparing.jobs(contents.tables(database))
    before = comparing.digests(database, todo)
    database.script("DELETE FROM customer WHERE id < 3")
    restored.script("DELETE FROM customer WHERE id = 1")
    checks = comparing.compare_tables(database, before, comparing.digests(restored, todo), todo)
    assert {c.table: c.verdict for c in checks}["public.customer"] == "written meanwhile"


def test_a_large_table_is_compared_at_both_ends_of_its_key_and_says_so(
    database: Database, restored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "SAMPLE", 10)
    todo = comparing.jobs(contents.tables(database), cap=10_000)
    checks = {
        c.table: c
        for c in comparing.compare_tables(
            database, comparing.digests(database, todo), comparing.digests(restored, todo), todo
        )
    }
    assert checks["public.customer"].sampled
    assert checks["public.customer"].source.rows == 20
    assert checks['public.odd " name'].verdict == "not compared"


def test_a_table_that_may_not_be_read_is_not_compared(server: Server, database: Database, restored: Database) -> None:
    database.script("CREATE ROLE role_stranger; SET ROLE role_stranger")
    check = compared(database, restored)["public.customer"]
    database.script("RESET ROLE")
    assert check.verdict == "not compared"
    assert "permission denied" in check.because


def test_lost_objects_and_sequences_that_are_behind_are_named(database: Database, restored: Database) -> None:
    source, sequences = contents.objects(database), contents.sequences(database)
    restored.script("DROP INDEX customer_email; DROP FUNCTION twice(int); SELECT setval('customer_id_seq', 5)")
    missing = {o.kind: o.missing for o in comparing.compare_objects(source, contents.objects(restored)) if o.missing}
    assert missing == {"index": ("public.customer_email",), "function": ("public.twice(n integer)",)}
    assert comparing.sequences_behind(sequences, contents.sequences(restored)) == ("public.customer_id_seq",)


def test_negative_controls_are_noticed_and_leave_the_copy_as_it_was(database: Database, restored: Database) -> None:
    todo = comparing.jobs(contents.tables(database))
    before = comparing.digests(restored, todo)
    done = [controls.row_deleted(restored, todo), controls.value_lost(restored, todo), controls.index_dropped(restored)]
    assert [c.noticed for c in done] == [True, True, True]
    assert comparing.digests(restored, todo) == before
    assert "public.customer_email" in contents.objects(restored)["index"]


def test_a_control_that_is_not_possible_says_so(database: Database) -> None:
    assert controls.row_deleted(database, []).noticed is None
    assert controls.index_dropped(database).noticed is None
