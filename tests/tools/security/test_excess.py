"""Whatever a role can do beyond reading is named, and the SQL that is printed takes it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.security import privileges
from dbengineer.tools.security.excess import Excess, excess
from dbengineer.tools.target import Target


@pytest.fixture(params=["database", "old_database"])
def shop(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A shop whose reader, role_reader, may only read, on the newest PostgreSQL and on an old one."""
    database: Database = request.getfixturevalue(request.param)
    database.script(
        'CREATE SCHEMA "My Shop"; CREATE TABLE "My Shop".orders (id int GENERATED ALWAYS AS IDENTITY, note text);'
        'CREATE VIEW "My Shop".open AS TABLE "My Shop".orders; CREATE SEQUENCE "My Shop".numbers;'
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE role_reader LOGIN; CREATE ROLE role_team;"
        'CREATE ROLE role_staff IN ROLE role_team; GRANT USAGE ON SCHEMA "My Shop" TO role_reader;'
        'GRANT SELECT ON ALL TABLES IN SCHEMA "My Shop" TO role_reader'
    )
    yield database
    for role in ("role_reader", "role_staff", "role_team"):
        database.script(f"REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


def looked(database: Database) -> tuple[tuple[Excess, ...], privileges.Privileges]:
    target = Target.open(make_conninfo(database.conninfo, user="role_reader"), trust_role=True)
    try:
        return excess(target), privileges.read(target)
    finally:
        target.close()


def test_of_a_role_that_only_reads_there_is_nothing_to_tell(shop: Database) -> None:
    assert looked(shop)[0] == ()


@pytest.mark.parametrize(
    ("grant", "what", "taken_back"),
    [
        ("ALTER ROLE role_reader SUPERUSER", "a superuser", "NOSUPERUSER"),
        ("ALTER ROLE role_reader CREATEROLE", "make and change roles", "NOCREATEROLE"),
        ("ALTER ROLE role_reader CREATEDB", "make databases", "NOCREATEDB"),
        ("ALTER ROLE role_reader REPLICATION", "copy the whole cluster", "NOREPLICATION"),
        ("GRANT pg_write_all_data TO role_team; GRANT role_staff TO role_reader", "pg_write_all_data", "role_staff"),
        ("GRANT pg_signal_backend TO role_reader", "pg_signal_backend", "pg_signal_backend"),
        ('GRANT INSERT, DELETE ON "My Shop".orders TO role_reader', "table My Shop.orders", "DELETE, INSERT ON TABLE"),
        ('GRANT UPDATE (note) ON "My Shop".orders TO role_reader', "table My Shop.orders", 'UPDATE ("note") ON'),
        ('GRANT INSERT ON "My Shop".open TO PUBLIC', "view My Shop.open", "FROM PUBLIC"),
        (
            'GRANT TRUNCATE ON "My Shop".orders TO role_team; GRANT role_staff TO role_reader',
            "rows of table My Shop.orders",
            'REVOKE "role_staff" FROM "role_reader"',
        ),
        ('GRANT USAGE ON SEQUENCE "My Shop".numbers TO role_reader', "move sequence My Shop.numbers", "ON SEQUENCE"),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "objects in schema public", 'ON SCHEMA "public" FROM PUBLIC'),
        ("GRANT CREATE ON DATABASE {} TO role_reader", "make schemas in", "ON DATABASE"),
        ('ALTER TABLE "My Shop".orders OWNER TO role_reader', "owns", 'ALTER TABLE "My Shop"."orders" OWNER TO'),
        ('ALTER VIEW "My Shop".open OWNER TO role_team; GRANT role_team TO role_reader', "owns", 'REVOKE "role_team"'),
        ("ALTER SCHEMA public OWNER TO role_reader", "owns", 'ALTER SCHEMA "public" OWNER TO'),
        ("ALTER DATABASE {} OWNER TO role_reader", "owns", "ALTER DATABASE"),
    ],
)
def test_what_it_could_change_is_named_and_taken_back(shop: Database, grant: str, what: str, taken_back: str) -> None:
    shop.script(grant.format(shop.name))
    found, known = looked(shop)
    assert known.problems
    assert any(each.problem and what in each.what for each in found), found
    assert taken_back in "\n".join(line for each in found for line in each.sql)
    for each in found:
        shop.script("".join(each.sql))
    assert looked(shop) == ((), privileges.Privileges(role="role_reader"))


def test_what_shows_it_more_than_expected_is_no_problem_but_told(shop: Database) -> None:
    shop.script(
        "ALTER ROLE role_reader BYPASSRLS;"
        "CREATE FUNCTION \"My Shop\".f(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    )
    found, _ = looked(shop)
    assert [each.problem for each in found] == [False, False]
    assert "".join(found[1].sql) == 'REVOKE EXECUTE ON ROUTINE "My Shop".f(integer) FROM PUBLIC;'
    for each in found:
        shop.script("".join(each.sql))
    assert looked(shop)[0] == ()
