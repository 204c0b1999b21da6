"""What the role of a session could change, by the privileges it has."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact

# Membership counts even where it is not inherited: SET ROLE is one statement away.
# One statement for all: who opens a session waits for it.
ROLE = """
SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolcreaterole AS createrole, r.rolcreatedb AS createdb,
       r.rolreplication AS replication, r.rolbypassrls AS bypassrls,
       has_database_privilege(current_database(), 'CREATE') AS create_schema,
       ARRAY(SELECT m.rolname::text FROM pg_roles AS m
             WHERE m.rolname IN ('pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files',
                                 'pg_read_server_files', 'pg_signal_backend', 'pg_maintain', 'pg_checkpoint',
                                 'pg_create_subscription', 'pg_database_owner')
               AND pg_has_role(m.oid, 'MEMBER') ORDER BY 1) AS dangerous,
       ARRAY(SELECT n.nspname::text FROM pg_namespace AS n
             WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
               AND has_schema_privilege(n.oid, 'CREATE') ORDER BY 1) AS schemas,
       objects.*, functions.*
FROM pg_roles AS r
CROSS JOIN (
  SELECT count(*) FILTER (WHERE c.relkind <> 'S'
           AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
                OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))) AS writable,
         count(*) FILTER (WHERE pg_has_role(c.relowner, 'MEMBER')) AS owned,
         count(*) FILTER (WHERE c.relkind = 'S' AND has_sequence_privilege(c.oid, 'USAGE, UPDATE')) AS sequences
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
) AS objects
CROSS JOIN (
  SELECT count(*) AS definers FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE p.prosecdef AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
) AS functions
WHERE r.rolname = current_user
"""
ATTRIBUTES = {
    "createrole": "it may make and change roles (CREATEROLE)",
    "createdb": "it may make databases (CREATEDB)",
    "replication": "it may copy the whole cluster (REPLICATION)",
    "create_schema": "it may make schemas in this database (CREATE on the database)",
}


class Privileges(Fact):
    """The ways in which a role could change something; `warnings` are ways to see more than expected."""

    role: str
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read(reads: Reads) -> Privileges:
    """The privileges of the current role on the current database."""
    role = reads.query(ROLE)[0]
    if role["superuser"]:
        return Privileges(role=role["name"], problems=("it is a superuser",))
    problems = [words for attribute, words in ATTRIBUTES.items() if role[attribute]]
    problems += [f"it is a member of {group}" for group in role["dangerous"]]
    schemas = ", ".join(role["schemas"])
    problems += [f"it may make objects in these schemas: {schemas}"] if schemas else []
    problems += [words for count, words in _counted(role) if count]
    return Privileges(role=role["name"], problems=tuple(problems), warnings=_warnings(role))


def _counted(row: dict[str, Any]) -> list[tuple[int, str]]:
    return [
        (row["owned"], f"it owns, or is a member of the owner of, {row['owned']} relations"),
        (row["writable"], f"it may change the rows of {row['writable']} relations"),
        (row["sequences"], f"it may move {row['sequences']} sequences"),
    ]


def _warnings(row: dict[str, Any]) -> tuple[str, ...]:
    definers = row["definers"]
    return (
        *(["row security does not apply to it (BYPASSRLS)"] if row["bypassrls"] else []),
        *([f"it may run {definers} functions with the rights of their owner (SECURITY DEFINER)"] if definers else []),
    )
