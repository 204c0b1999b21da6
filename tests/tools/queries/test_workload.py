"""The workload is what the application ran, summed over its roles, with what could not be seen."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from dbengineer.tools.queries import workload
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.workbench import Workbench


def test_statements_are_those_of_the_application(shop_bench: Workbench) -> None:
    found = workload.read(shop_bench.target)
    assert {s.roles for s in found.statements} == {("shop_app",)}
    inbox = next(s for s in found.statements if "ORDER BY ordered_at" in s.text)
    assert (inbox.calls, inbox.rows <= 30, inbox.tables) == (3, True, ("orders",))
    assert "$1" in inbox.text
    assert found.since is not None


def test_the_longest_come_first_and_share_the_time(shop_bench: Workbench) -> None:
    statements = workload.read(shop_bench.target).statements
    assert [s.total_ms for s in statements] == sorted((s.total_ms for s in statements), reverse=True)
    assert 0 < sum(s.share for s in statements) <= 1.0001


def test_without_the_extension_it_says_so(database: Database) -> None:
    found = workload.read(database)
    assert (found.statements, "not installed" in found.coverage.because) == ((), True)


def test_the_same_statement_of_two_roles_is_one(database: Database, server: Server) -> None:
    database.script("CREATE SCHEMA tools; CREATE EXTENSION pg_stat_statements SCHEMA tools; CREATE TABLE t (a int)")
    database.script("CREATE ROLE twin_a LOGIN; CREATE ROLE twin_b LOGIN; GRANT SELECT ON t TO twin_a, twin_b")
    for role in ("twin_a", "twin_b"):
        with psycopg.connect(server.conninfo(database.name), user=role) as connection:
            connection.execute("SELECT a FROM public.t WHERE a = 1")
    summed = [s for s in workload.read(database).statements if "t" in s.text and "public.t" in s.tables]
    apart = [s for s in workload.read(database, by_role=True).statements if "public.t" in s.tables]
    database.script("DROP OWNED BY twin_a, twin_b; DROP ROLE twin_a, twin_b")
    assert [(s.roles, s.calls) for s in summed] == [(("twin_a", "twin_b"), 2)]
    assert sorted(s.roles for s in apart) == [("twin_a",), ("twin_b",)]


def test_hidden_texts_are_counted(database: Database, server: Server) -> None:
    database.script("CREATE EXTENSION pg_stat_statements; CREATE TABLE t (a int); SELECT a FROM t")
    database.script("CREATE ROLE blind LOGIN")
    blind = Database(database.name, make_conninfo(server.conninfo(database.name), user="blind"))
    found = workload.read(blind)
    blind.close()
    database.script("DROP ROLE blind")
    assert found.coverage.examined < found.coverage.total
    assert "pg_read_all_stats" in found.coverage.because


def test_version_15_is_read_too(old_database: Database) -> None:
    old_database.script("CREATE EXTENSION pg_stat_statements; CREATE TABLE kept (a int)")
    for number in range(3):
        old_database.query("SELECT a FROM kept WHERE a = %s", (number,))
    found = workload.read(old_database)
    assert [(s.calls, s.tables) for s in found.statements if s.text.startswith("SELECT a")] == [(3, ("kept",))]
    assert found.since is not None
