"""Attacks are run, as the role that we print, and what they leave behind is looked for on the server itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.tools.guard.effects import Watch, differs
from tests.tools.guard.fuzzing import SHOP, Executor, fuzz

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.security.role import role_sql
from dbengineer.tools.target import Limits, Target, TargetError

ATTACKS = (Path(__file__).parent / "attacks.sql").read_text().splitlines()
TRAPS = """
CREATE FUNCTION shop.tell(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN PERFORM pg_notify('leak', $1); PERFORM nextval('shop.orders_id_seq'); RETURN true; END $$;
CREATE FUNCTION shop.run(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
  $$ DECLARE r text; BEGIN EXECUTE $1 INTO r; RETURN r; END $$;
CREATE VIEW shop.behind AS SELECT id, shop.tell('view') FROM shop.orders;
CREATE DOMAIN shop.evil AS text CHECK (shop.tell(VALUE));
CREATE OPERATOR shop.### (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE PROCEDURE shop.leave() LANGUAGE plpgsql AS
  $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; DELETE FROM shop.orders; COMMIT; END $$;
"""
MORE = """
TABLE shop.behind
SELECT 'x'::shop.evil
SELECT shop.tell('x')
SELECT shop.run('DELETE FROM shop.orders')
SELECT shop.run('SET TRANSACTION READ WRITE')
SELECT shop.run('SELECT set_config(''transaction_read_only'', ''off'', false)::text')
SELECT shop.run('SELECT lo_unlink(4242)::text')
SELECT shop.run('ALTER SYSTEM SET work_mem = ''1MB''')
SELECT shop.run('COPY (SELECT 1) TO ''{data}/leak''')
SELECT shop.run('COPY (SELECT 1) TO PROGRAM ''touch {data}/leak''')
SELECT set_config('transaction_read_only', 'off', false)
SELECT set_config('search_path', 'shop', false)
SET TRANSACTION READ WRITE
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
CALL shop.leave()
COMMIT
ROLLBACK; DELETE FROM shop.orders
SELECT 1; COMMIT; DELETE FROM shop.orders; --
DO $$ BEGIN DELETE FROM shop.orders; END $$
CREATE TEMP TABLE kept (a int)
PREPARE TRANSACTION 'kept'
LISTEN leak
SELECT pg_cancel_backend(pid), pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
SELECT lo_put(4242, 0, 'x')
SELECT lo_from_bytea(0, 'x')
SELECT pg_advisory_lock(7)
SELECT pg_logical_emit_message(true, 'a', 'b')
SELECT pg_logical_emit_message(false, 'a', 'b', true)
SELECT count(*) FROM generate_series(1, 100000000000)
"""
TO_FILES = {sql for sql in MORE.splitlines() if "COPY" in sql}
# What the server's floor alone does not stop: numbers of transactions, WAL that no transaction holds, and files where
# somebody's SECURITY DEFINER function runs any text as a superuser. Both other floors refuse these.
THROUGH_THE_SERVER = TO_FILES | {
    "SELECT txid_current()",
    "SELECT pg_logical_emit_message(true, 'a', 'b')",
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "SELECT pg_logical_emit_message(false, 'a', 'b', true)",
    "PREPARE TRANSACTION 'kept'",
}
EVERY = [*ATTACKS, *MORE.strip().splitlines()]
SESSION = """
SELECT md5(string_agg(concat(name, setting), ' ' ORDER BY name) FILTER (WHERE name !~ '[.]')) AS settings,
       (SELECT count(*) FROM pg_prepared_statements) AS prepared,
       (SELECT count(*) FROM pg_cursors WHERE name <> 'dbengineer') AS cursors,
       (SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS sessions,
       current_setting('transaction_read_only') AS read_only
FROM pg_settings
"""


class Stage(NamedTuple):
    """A target as our role sees it, and somebody who watches the server."""

    target: Target
    watch: Watch


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[Server, Database]]:
    with Server.start(settings={"wal_writer_delay": "10ms"}) as server:
        database = server.create("shop")
        database.script(SHOP + TRAPS)
        yield server, database
        database.close()


@pytest.fixture(scope="module")
def stage(watched: tuple[Server, Database]) -> Iterator[Stage]:
    server, database = watched
    admin = Target.open(database.conninfo, trust_role=True)
    database.script(role_sql(admin))
    admin.close()
    url = make_conninfo(database.conninfo, user="dbengineer_ro")
    target = Target.open(url, limits=Limits(statement_ms=150, transaction_ms=2_000))
    watch = Watch(server, database)
    yield Stage(target, watch)
    watch.close()
    target.close()


def cursor(target: Target, sql: str) -> Any:
    """Without the guard, in a cursor of the server, as a SELECT is read."""
    return target._reading(lambda: target._page(sql))


def message(target: Target, sql: str) -> Any:
    """Without the guard, as a message of its own; what leaves the session in the middle of COPY ends it."""

    def send() -> Any:
        try:
            return target._connection.execute(sql.encode(), binary=True)
        except psycopg.ProgrammingError:
            if target._connection.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                target._connection.close()
            raise

    return target._reading(send)


def left(stage: Stage, attacks: list[str], read: Callable[[Target, str], Any]) -> list[str]:
    """What statements leave behind."""
    session = stage.target.query(SESSION)
    before, position = stage.watch.look(), stage.watch.position()
    for sql in attacks:
        with suppress(TargetError):
            read(stage.target, sql.replace("{data}", str(stage.watch.server.data)))
    found = stays(stage, before) + stage.watch.heard()
    found += ["the session"] if stage.target.query(SESSION) != session else []
    wal = stage.watch.written(position)
    return found + ([f"WAL {wal}"] if wal else [])


def stays(stage: Stage, before: dict[str, str]) -> list[str]:
    """What is not as it was, once sessions that were ended have let go of what they held, an exported snapshot say."""
    for _ in range(20):
        if not (found := differs(before, stage.watch.look())):
            break
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("read", [Target.read, Target.explain])
def test_no_attack_leaves_anything_behind(stage: Stage, read: Callable[[Target, str], Any]) -> None:
    assert left(stage, EVERY, read) == []


@pytest.mark.parametrize("read", [cursor, message])
def test_without_the_guard_the_server_still_stops_them(stage: Stage, read: Callable[[Target, str], Any]) -> None:
    assert left(stage, [sql for sql in EVERY if sql not in THROUGH_THE_SERVER], read) == []
    through = left(stage, sorted(THROUGH_THE_SERVER), read)
    assert any("WAL" in found for found in through)
    (stage.watch.server.data / "leak").unlink()


def test_what_is_looked_at_does_change(watched: tuple[Server, Database]) -> None:
    server, database = watched
    watch = Watch(server, database)
    changes = {
        "rows": "INSERT INTO shop.refunds VALUES (1)",
        "catalog": "COMMENT ON TABLE shop.orders IS 'x'",
        "large objects": "SELECT lo_put(4242, 0, 'other')",
        "transactions": "SELECT txid_current()",
        "statistics reset": "SELECT pg_stat_reset()",
        "advisory locks": "SELECT pg_advisory_lock(1)",
        "files": "ALTER SYSTEM SET work_mem = '5MB'",
    }
    for what, sql in changes.items():
        before, position = watch.look(), watch.position()
        database.script(sql)
        assert any(found.startswith(what) for found in differs(before, watch.look())), sql
        assert watch.written(position) or what in ("advisory locks", "statistics reset", "files", "transactions"), sql
    database.script("NOTIFY leak; SELECT pg_advisory_unlock_all()")
    database.script("ALTER SYSTEM RESET ALL")
    assert watch.heard() == ["NOTIFY leak"]
    watch.close()


def test_mutants_that_are_let_through_do_nothing(watched: tuple[Server, Database]) -> None:
    executor = Executor(*watched)
    tally = fuzz(executor, 2_000, seed=7, sample=300)
    executor.close()
    assert tally.harm == ()
    assert tally.mutants == 2_000
    assert tally.executed > 200
    assert tally.answered > 30


def test_a_mutant_that_does_something_is_found(watched: tuple[Server, Database]) -> None:
    executor = Executor(*watched)
    assert executor.harm(["SELECT 1", "SELECT 2", "SELECT nextval('shop.orders_id_seq')", "SELECT 3"]) == (
        4,
        ["SELECT nextval('shop.orders_id_seq')"],
    )
    executor.close()
