"""The target reads within its limits, changes nothing and says clearly what went wrong."""

from __future__ import annotations

import itertools
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import (
    BadUrl,
    Cancelled,
    Limits,
    NotPostgres,
    ReadFailed,
    RefusedSql,
    RoleRefused,
    Target,
    TargetError,
    TimedOut,
    TlsRefused,
    TooManyRows,
    TooOld,
    UnknownDatabase,
    Unreachable,
    WrongPassword,
    redacted,
)

PASSWORD = "correct horse/battery@staple"
_numbers = itertools.count()


@pytest.fixture
def shop(database: Database) -> Database:
    """A table of 3000 orders."""
    database.script(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, note text, at timestamptz);"
        "INSERT INTO shop.orders SELECT i, 'note ' || i, 'infinity' FROM generate_series(1, 3000) i;"
        "ANALYZE shop.orders"
    )
    return database


@pytest.fixture
def target(shop: Database) -> Iterator[Target]:
    target = Target.open(shop.conninfo, trust_role=True)
    yield target
    target.close()


@contextmanager
def opened(database: Database, limits: Limits) -> Iterator[Target]:
    target = Target.open(database.conninfo, trust_role=True, limits=limits)
    try:
        yield target
    finally:
        target.close()


def test_our_own_statements_give_rows_as_dictionaries(target: Target, shop: Database) -> None:
    assert target.database == shop.name
    assert target.version == shop.version
    assert target.query("SELECT %s::int AS a, '50%%' AS b", (3,)) == [{"a": 3, "b": "50%"}]
    assert target.query("SELECT '50%' AS b") == [{"b": "50%"}]
    assert target.query("SELECT id FROM shop.orders WHERE false") == []
    assert len(target.query("SELECT id FROM shop.orders")) == 3000
    with pytest.raises(ValueError, match="write %% for a percent sign"):
        target.query("SELECT %d", (3,))
    with pytest.raises(psycopg.errors.UndefinedTable):
        target.query("SELECT * FROM orders")


def test_every_statement_is_guarded(target: Target) -> None:
    for refused in (target.query, target.read, target.explain):
        with pytest.raises(RefusedSql, match="was not sent"):
            refused("DELETE FROM shop.orders")
    assert target.query("SELECT count(*) AS n FROM shop.orders") == [{"n": 3000}]


def test_the_transaction_is_read_only_for_good_and_sees_pg_catalog_alone(target: Target) -> None:
    asked = ("transaction_read_only", "search_path", "standard_conforming_strings", "lock_timeout")
    shown = target.query("SELECT " + ", ".join(f"current_setting('{name}') AS {name}" for name in asked))
    assert list(shown[0].values()) == ["on", "pg_catalog", "on", "1s"]


def test_read_only_cannot_be_undone_even_without_the_guard(target: Target) -> None:
    """A statement that would slip past the guard meets the transaction."""
    with pytest.raises(psycopg.errors.ActiveSqlTransaction), target._transaction():
        target._connection.execute("SET TRANSACTION READ WRITE")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), target._transaction():
        target._connection.execute("DELETE FROM shop.orders")
    with pytest.raises(psycopg.errors.SyntaxError, match="multiple commands"):
        target._run(lambda: target._stream("SELECT 1; COMMIT", ()))


def test_a_read_is_cut_at_its_limits(shop: Database) -> None:
    with opened(shop, Limits(rows=10, cell=3)) as target:
        rows = target.read("SELECT id, note, at, NULL AS nothing, 'abc'::bytea AS raw FROM shop.orders ORDER BY id")
    assert rows.columns == ("id", "note", "at", "nothing", "raw")
    assert rows.rows[0] == (1, "not… (cut)", "inf… (cut)", None, "616… (cut)")
    assert len(rows.rows) == 10
    assert rows.truncated
    with opened(shop, Limits(characters=100)) as target:
        assert len(target.read("TABLE shop.orders").rows) < 20
    with opened(shop, Limits(own_rows=100)) as target, pytest.raises(TooManyRows):
        target.query("SELECT id FROM shop.orders")


def test_a_read_within_its_limits_is_whole(target: Target) -> None:
    assert target.read("SELECT id FROM shop.orders WHERE id < 3 ORDER BY 1").rows == ((1,), (2,))
    assert not target.read("VALUES (1.5)").truncated
    assert target.read("SELECT id FROM shop.orders WHERE false;").columns == ("id",)
    assert target.read("SHOW search_path").rows == (("pg_catalog",),)
    assert "Seq Scan" in str(target.read("EXPLAIN ANALYZE TABLE shop.orders").rows)


def test_plans(target: Target) -> None:
    assert target.explain("SELECT * FROM shop.orders")["Plan"]["Node Type"] == "Seq Scan"
    assert target.explain("SELECT * FROM shop.orders", analyze=True)["Plan"]["Actual Rows"] == 3000
    generic = target.explain("SELECT * FROM shop.orders WHERE id = $1 AND note = $2")
    assert generic["Plan"]["Index Cond"] == "(id = $1)"
    assert target.explain("SELECT * FROM shop.orders WHERE id = $1")["Plan"]["Index Cond"] == "(id = $1)"
    with pytest.raises(RefusedSql, match="put values"):
        target.explain("SELECT $1", analyze=True)
    with pytest.raises(RefusedSql, match="leave EXPLAIN"):
        target.explain("EXPLAIN SELECT 1")


def test_generic_plans_on_an_older_server(old_database: Database) -> None:
    with opened(old_database, Limits()) as target:
        assert "$1" in str(target.explain("SELECT 1 FROM pg_class WHERE oid = $1"))


def test_a_session_is_clean_after_a_read(target: Target) -> None:
    target.explain("SELECT * FROM shop.orders WHERE id = $1")
    assert target.query("SELECT count(*) AS n FROM pg_prepared_statement()") == [{"n": 0}]


def test_refusals_of_the_server_are_explained_without_values_of_rows(target: Target) -> None:
    with pytest.raises(ReadFailed, match="schema in front"):
        target.read("SELECT * FROM orders")
    with pytest.raises(ReadFailed, match="22P02") as caught:
        target.read("SELECT note::int FROM shop.orders")
    assert "note 1" not in str(caught.value)


def test_limits_of_time(shop: Database) -> None:
    with opened(shop, Limits(statement_ms=150, lock_ms=50)) as target:
        with pytest.raises(TimedOut, match="longer than 150 ms"):
            target.read("SELECT count(*) FROM generate_series(1, 10000000000)")
        with shop.connection.transaction():
            shop.script("LOCK TABLE shop.orders")
            with pytest.raises(TimedOut, match="lock"):
                target.read("TABLE shop.orders")
        assert target.read("SELECT 1").rows == ((1,),)


def test_a_statement_cancelled_by_somebody_else(target: Target, shop: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(target.read, "SELECT count(*) FROM generate_series(1, 10000000000)")
        cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'FETCH%%' AND datname = %s"
        while not shop.query(cancel, (shop.name,)):
            time.sleep(0.02)
        with pytest.raises(Cancelled):
            reading.result()


def test_threads_share_a_session(target: Target) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda i: target.query("SELECT %s::int AS i", (i,))[0]["i"], range(40))
        assert list(asked) == list(range(40))


def test_a_lost_session_comes_back_once(target: Target, shop: Database) -> None:
    end(shop)
    assert target.query("SELECT 1 AS a") == [{"a": 1}]
    end(shop)
    assert target.read("SELECT 1").rows == ((1,),)


def test_a_server_that_stays_away_and_one_that_restarts() -> None:
    with Server.start() as server:
        database = server.create("shop")
        target = Target.open(database.conninfo, trust_role=True, limits=Limits(reconnect_s=0))
        database.close()
    with pytest.raises(Unreachable, match="did not come back"):
        target.read("SELECT 1")
    target.close()
    with pytest.raises(Unreachable, match="closed"):
        target.query("SELECT 1")


def end(database: Database) -> None:
    database.query(
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        (database.name,),
    )


# Who may look


@pytest.fixture
def reader(shop: Database) -> Iterator[str]:
    """A role that may only read, and the way to open the shop with it."""
    name = f"role_reader{next(_numbers)}"
    shop.script(
        f"CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA shop TO {name}; GRANT SELECT ON shop.orders TO {name};"
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    )
    yield name
    shop.script(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def problems(database: Database, role: str) -> str:
    url = make_conninfo(database.conninfo, user=role)
    with pytest.raises(RoleRefused, match="dbengineer role URL") as caught:
        Target.open(url)
    trusted = Target.open(url, trust_role=True)
    assert trusted.role_problems == caught.value.problems
    trusted.close()
    return str(caught.value)


def test_a_role_that_only_reads_is_welcome(shop: Database, reader: str) -> None:
    target = Target.open(make_conninfo(shop.conninfo, user=reader))
    assert target.role_problems == target.role_warnings == ()
    target.close()


def test_a_superuser_is_refused(shop: Database) -> None:
    assert "superuser" in problems(shop, "postgres")


@pytest.mark.parametrize(
    ("grant", "problem"),
    [
        ("GRANT INSERT ON shop.orders TO {}", "change the rows of 1 relations"),
        ("GRANT UPDATE (note) ON shop.orders TO {}", "change the rows of 1 relations"),
        ("GRANT TRUNCATE ON shop.orders TO PUBLIC", "change the rows of 1 relations"),
        ("CREATE SEQUENCE shop.s; GRANT USAGE ON SEQUENCE shop.s TO {}", "move 1 sequences"),
        ("GRANT CREATE ON SCHEMA shop TO {}", "objects in these schemas: shop"),
        ("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {}', current_database()); END $$", "make schemas"),
        ("GRANT pg_write_all_data TO {}", "member of pg_write_all_data"),
        ("GRANT pg_execute_server_program TO {}", "member of pg_execute_server_program"),
        ("ALTER ROLE {} CREATEROLE", "CREATEROLE"),
        ("ALTER ROLE {} CREATEDB", "CREATEDB"),
        ("ALTER ROLE {} REPLICATION", "REPLICATION"),
        ("ALTER TABLE shop.orders OWNER TO {}", "owns"),
    ],
)
def test_a_role_that_can_change_something_is_refused(shop: Database, reader: str, grant: str, problem: str) -> None:
    shop.script(grant.format(reader))
    assert problem in problems(shop, reader)
    shop.script("ALTER TABLE shop.orders OWNER TO postgres; REVOKE ALL ON shop.orders FROM PUBLIC")


def test_a_role_that_sees_more_than_expected_is_warned_about(shop: Database, reader: str) -> None:
    shop.script(
        f"ALTER ROLE {reader} BYPASSRLS;"
        "CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    )
    target = Target.open(make_conninfo(shop.conninfo, user=reader))
    assert [w.split(" (")[-1] for w in target.role_warnings] == ["BYPASSRLS)", "SECURITY DEFINER)"]
    target.close()


# Reaching it


@pytest.fixture(scope="module")
def tcp() -> Iterator[Server]:
    """A server on a port of loopback that wants a password."""
    with Server.start(listen_tcp=True) as server:
        admin = server.database()
        admin.connection.execute(
            psycopg.sql.SQL("CREATE ROLE guest LOGIN PASSWORD {}").format(psycopg.sql.Literal(PASSWORD))
        )
        admin.close()
        yield server


def guest(server: Server, **changed: object) -> str:
    parts = {"host": "127.0.0.1", "port": server.port, "user": "guest", "dbname": "postgres", "password": PASSWORD}
    return make_conninfo("", **(parts | changed))  # type: ignore[arg-type]


def refused(url: str, kind: type[TargetError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        Target.open(url, limits=Limits(connect_s=2))
    assert type(caught.value) is kind
    assert PASSWORD not in str(caught.value)
    assert "wrong-one" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_right_password_works_and_reaches_pg_dump_by_its_environment(tcp: Server) -> None:
    target = Target.open(guest(tcp, sslmode="prefer"), trust_role=True)
    assert "password" not in target.connection_parameters()
    environment = target.environment()
    assert environment["PGPASSWORD"] == PASSWORD
    arguments = [tcp.bin_dir / "pg_dump", "--schema-only"]
    dump = subprocess.run(arguments, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    assert "PostgreSQL database dump" in dump.stdout
    target.close()


def test_several_hosts_come_down_to_the_one_that_answered(tcp: Server) -> None:
    with closed_port() as port:
        url = guest(tcp, host="127.0.0.1,127.0.0.1", port=f"{port},{tcp.port}")
    target = Target.open(url, trust_role=True)
    assert target.environment()["PGPORT"] == str(tcp.port)
    assert target.environment()["PGHOST"] == "127.0.0.1"
    target.close()


def test_errors_of_connecting(tcp: Server) -> None:
    refused(guest(tcp, password="wrong-one"), WrongPassword, "the user or the password is wrong")
    refused(guest(tcp, password=""), WrongPassword, "put it in PGPASSWORD")
    refused(guest(tcp, user="nobody"), WrongPassword, "the user or the password is wrong")
    refused(guest(tcp, dbname="nowhere"), UnknownDatabase, "no such database")
    refused(guest(tcp, sslmode="require"), TlsRefused, "sslmode=prefer")
    refused(guest(tcp, host="nowhere.invalid"), Unreachable, "name is not known")
    with closed_port() as port:
        refused(guest(tcp, port=port), Unreachable, "nothing listens there")


def test_a_url_that_is_none_is_refused_without_showing_it() -> None:
    for url in ("postgres//guest:wrong-one@h/d", "host=h wrong-one", "mysql://guest:wrong-one@h/d"):
        refused(url, BadUrl, "not an address")
    for url in ("postgresql://guest:a@wrong-one@h/d", "postgresql://guest:wrong-one/b@h/d"):
        refused(url, BadUrl, "%40")


@contextmanager
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """A server that gives one answer after the other to whatever it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                while True:
                    heard, _ = listener.accept()
                    with heard:
                        for answer in answers:
                            if heard.recv(4096):
                                heard.sendall(answer)
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def test_something_that_is_not_postgresql() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        for sslmode in ("prefer", "disable"):
            refused(f"postgresql://guest@127.0.0.1:{port}/d?sslmode={sslmode}", NotPostgres, "is not PostgreSQL")


def test_a_server_that_is_too_old() -> None:
    hello = message(b"R", struct.pack("!i", 0)) + message(b"S", b"server_version\x009.6.24\x00") + message(b"Z", b"I")
    with answering(hello) as port:
        refused(f"postgresql://guest@127.0.0.1:{port}/d?sslmode=disable", TooOld, "9.6.24.*13 and later")


def test_a_refusal_in_words_that_nobody_has_foreseen() -> None:
    for body, words in (
        (b"SFATAL\0C28000\0MNein, password=wrong-one!\0\0", "Nein, password=[*]{3}"),
        (b"\0", "no reason"),
    ):
        with answering(message(b"E", body)) as port:
            refused(f"postgresql://guest@127.0.0.1:{port}/d?sslmode=disable", Unreachable, words)


def test_redaction_keeps_only_what_is_known_to_be_harmless() -> None:
    said = redacted("postgresql://me:s3cret@h/d host=h token='a b' hunter2", "hunter2")
    assert said == "postgresql://***@h/d host=h token=*** ***"
    for password in ("a@b/c", "a/b@c", "a:b//c@d", "/@", "p%40/#?x=y"):
        assert redacted(f"no postgresql://u:{password}@host/d here") == "no postgresql://***@host/d here"
