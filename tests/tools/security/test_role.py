"""The role that the product prints can read everything in its database and change nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.security.role import role_sql
from dbengineer.tools.target import ReadFailed, Target

SCHEMA = """
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop".orders (id bigserial PRIMARY KEY);
CREATE TABLE public.notes (id int);
CREATE SEQUENCE public.numbers;
GRANT INSERT, SELECT ON public.notes TO PUBLIC;
GRANT USAGE ON SEQUENCE public.numbers TO PUBLIC;
GRANT CREATE ON SCHEMA public TO PUBLIC;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO PUBLIC', current_database()); END $$;
"""


def printed(database: Database, name: str) -> str:
    target = Target.open(database.conninfo, trust_role=True)
    try:
        return role_sql(target, name)
    finally:
        target.close()


@pytest.fixture(params=["database", "old_database"])
def shop(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A shop on the newest PostgreSQL and on an old one, and the role that is printed for it."""
    database: Database = request.getfixturevalue(request.param)
    database.script(SCHEMA)
    database.script(printed(database, "role_shop"))
    yield database
    database.script("DROP OWNED BY role_shop CASCADE; DROP ROLE role_shop")


def test_a_target_opens_with_the_role_and_finds_nothing_wrong(shop: Database) -> None:
    target = Target.open(make_conninfo(shop.conninfo, user="role_shop"))
    assert target.role_problems == ()
    assert target.read('TABLE "My Shop".orders').columns == ("id",)
    assert target.read('TABLE "My Shop".orders_id_seq').columns[0] == "last_value"
    shop.script('CREATE TABLE "My Shop".later (id int)')
    assert target.read('TABLE "My Shop".later').columns == ("id",)
    target.close()


def test_the_database_can_be_dumped_with_the_role(shop: Database, server: Server) -> None:
    target = Target.open(make_conninfo(shop.conninfo, user="role_shop"))
    environment = {**os.environ, **target.environment()}
    dump = subprocess.run([server.bin_dir / "pg_dump"], env=environment, capture_output=True, text=True, check=True)
    assert '"My Shop".orders' in dump.stdout
    target.close()


def test_the_sql_knows_the_version_and_holds_no_password(database: Database, old_database: Database) -> None:
    assert "transaction_timeout = '120s'" in printed(database, "role_x")
    assert "transaction_timeout = " not in printed(old_database, "role_x").replace("idle_in_transaction", "")
    assert "PASSWORD" not in printed(database, "role_x")
    assert '\\password "role_x"' in printed(database, "role_x")


def test_what_may_write_into_the_wal_from_a_read_only_transaction_is_proposed_to_be_taken_back(
    database: Database, old_database: Database
) -> None:
    allowed = (
        "SELECT bool_or(has_function_privilege('nobody_x', oid, 'EXECUTE')) AS may FROM pg_proc WHERE proname = %s"
    )
    for one in (database, old_database):
        proposal = next(line for line in printed(one, "role_x").splitlines() if "pg_logical_emit_message" in line)
        one.script(f"CREATE ROLE nobody_x; {proposal.removeprefix('-- ')}")
        assert one.query(allowed, ("pg_logical_emit_message",)) == [{"may": False}]


def test_nothing_is_taken_back_where_nothing_is_open(database: Database) -> None:
    database.script("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    assert "\nREVOKE" not in printed(database, "role_x")
    assert "DEFAULT PRIVILEGES" not in printed(database, "role_x")


def test_foreign_tables_are_left_out_and_functions_with_the_rights_of_their_owner_are_named(database: Database) -> None:
    database.script(
        "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;"
        "CREATE FOREIGN TABLE public.passwd (line text) SERVER files OPTIONS (filename '/etc/passwd');"
        "CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    )
    sql = printed(database, "role_x")
    assert "-- REVOKE EXECUTE ON ROUTINE public.f(integer) FROM PUBLIC;" in sql
    database.script(sql)
    target = Target.open(make_conninfo(database.conninfo, user="role_x"))
    with pytest.raises(ReadFailed, match="permission denied"):
        target.read("TABLE public.passwd")
    target.close()
    database.script("DROP OWNED BY role_x CASCADE")
