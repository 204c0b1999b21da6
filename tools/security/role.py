"""The SQL that makes a role which can read one database and change nothing in it."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from dbengineer.tools.checking import Reads

SCHEMAS = """
SELECT n.nspname AS name, EXISTS (
         SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS open_to_all
FROM pg_namespace AS n
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY 1
"""
OWNERS = """
SELECT DISTINCT n.nspname AS schema, r.rolname AS owner
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY 1, 2
"""
DATABASE = """
SELECT EXISTS (SELECT FROM aclexplode(d.datacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS open_to_all
FROM pg_database AS d WHERE d.datname = current_database()
"""
# What everybody may change, so that the new role may too until it is taken back.
OPEN = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'S' AS sequence,
       string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE a.grantee = 0 AND a.privilege_type <> 'SELECT'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
GROUP BY 1, 2, 3 ORDER BY 1, 2
"""

# Reading a foreign table opens a connection or a file of the server, with what its owner has stored for that.
FOREIGN = """
SELECT n.nspname AS schema, c.relname AS name
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'f' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY 1, 2
"""
DEFINERS = """
SELECT p.oid::regprocedure::text AS name
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0)
ORDER BY 1
"""


def role_sql(target: Reads, name: str = "dbengineer_ro") -> str:
    """The statements, for psql and an administrator, that make a read-only role for the target's database."""
    database = target.query("SELECT current_database() AS name")[0]["name"]
    schemas = target.query(SCHEMAS)
    parts = [
        _head(database, name),
        _role(name, target.version),
        f"GRANT CONNECT ON DATABASE {_id(database)} TO {_id(name)};",
        f"GRANT pg_read_all_settings, pg_read_all_stats TO {_id(name)};",
        *(_schema(schema["name"], name) for schema in schemas),
        _foreign(target.query(FOREIGN), name),
        _defaults(target.query(OWNERS), name),
        _taken_back(database, target, [s["name"] for s in schemas if s["open_to_all"]]),
        _definers(target.query(DEFINERS)),
        _messages(target.version),
        f"-- Give it a password; psql asks for it and sends only its hash:\n-- \\password {_id(name)}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _id(*names: str) -> str:
    return sql.Identifier(*names).as_string()


def _head(database: str, name: str) -> str:
    # A line break in a name must not end the comment.
    shown = " ".join(_id(database).splitlines())
    return (
        f"-- A role that can read the database {shown} and change nothing in it.\n"
        f"-- Run it with psql as a superuser (or as the owner with CREATEROLE), connected to that database.\n"
        f"-- Where columns hold what nobody should read, grant those tables by column instead."
    )


def _role(name: str, version: int) -> str:
    """The limits are a seat belt: the role could lift them for itself, the privileges below it cannot."""
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": "'30s'",
        "lock_timeout": "'1s'",
        "idle_in_transaction_session_timeout": "'30s'",
        **({"transaction_timeout": "'120s'"} if version >= 170000 else {}),
        "search_path": "pg_catalog",
    }
    role = _id(name)
    attributes = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5"
    lines = [f"ALTER ROLE {role} SET {setting} = {value};" for setting, value in settings.items()]
    return "\n".join([f"CREATE ROLE {role} {attributes};", *lines])


def _schema(schema: str, name: str) -> str:
    """Sequences too: pg_dump reads their values."""
    where, role = _id(schema), _id(name)
    return (
        f"GRANT USAGE ON SCHEMA {where} TO {role};\n"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {where} TO {role};\n"
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {where} TO {role};"
    )


def _foreign(tables: list[dict[str, Any]], name: str) -> str:
    lines = [f"REVOKE SELECT ON {_id(row['schema'], row['name'])} FROM {_id(name)};" for row in tables]
    note = "-- Foreign tables reach other servers or files, so they are left out."
    return "\n".join([note, *lines]) if lines else ""


def _definers(functions: list[dict[str, Any]]) -> str:
    """Only a proposal: others may call these functions today."""
    lines = [f"-- REVOKE EXECUTE ON ROUTINE {' '.join(row['name'].splitlines())} FROM PUBLIC;" for row in functions]
    note = "-- Everybody may run these with the rights of their owner; look whether that is meant."
    return "\n".join([note, *lines]) if lines else ""


def _messages(version: int) -> str:
    """Only a proposal as well: the one function that writes in a READ ONLY transaction, and that everybody may call."""
    flush = ", boolean" if version >= 170000 else ""
    signatures = [f"pg_catalog.pg_logical_emit_message(boolean, text, {kind}{flush})" for kind in ("text", "bytea")]
    note = "-- Everybody may write messages into the WAL with these, even in a READ ONLY transaction; few need to."
    return "\n".join([note, f"-- REVOKE EXECUTE ON FUNCTION {', '.join(signatures)} FROM PUBLIC;"])


def _defaults(owners: list[dict[str, Any]], name: str) -> str:
    lines = [
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {_id(row['owner'])} IN SCHEMA {_id(row['schema'])} "
        f"GRANT SELECT ON {kind} TO {_id(name)};"
        for row in owners
        for kind in ("TABLES", "SEQUENCES")
    ]
    note = "-- What these roles make later is readable too; add a line for every other role that makes tables."
    return "\n".join([note, *lines]) if lines else ""


def _taken_back(database: str, target: Reads, schemas: list[str]) -> str:
    """What everybody may change: the new role is not read-only before it is taken back."""
    lines = [f"REVOKE CREATE ON SCHEMA {_id(schema)} FROM PUBLIC;" for schema in schemas]
    if target.query(DATABASE)[0]["open_to_all"]:
        lines.append(f"REVOKE CREATE ON DATABASE {_id(database)} FROM PUBLIC;")
    for row in target.query(OPEN):
        kind = "SEQUENCE" if row["sequence"] else "TABLE"
        lines.append(f"REVOKE {row['privileges']} ON {kind} {_id(row['schema'], row['name'])} FROM PUBLIC;")
    note = "-- Everybody may do these now, so the new role could too. Grant them by name to whoever needs them."
    return "\n".join([note, *lines]) if lines else ""
