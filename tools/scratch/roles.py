"""The target's roles as stubs: the same attributes and memberships, no passwords."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.target import Target

ATTRIBUTES = {
    "rolsuper": "SUPERUSER",
    "rolinherit": "INHERIT",
    "rolcreaterole": "CREATEROLE",
    "rolcreatedb": "CREATEDB",
    "rolcanlogin": "LOGIN",
    "rolbypassrls": "BYPASSRLS",
}
ROLES = f"SELECT rolname, {', '.join(ATTRIBUTES)} FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname"
MEMBERS = """
SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member, bool_or(admin_option) AS admin {options}
FROM pg_auth_members GROUP BY 1, 2 ORDER BY 1, 2
"""
SETTINGS = """
SELECT pg_get_userbyid(s.setrole) AS role, s.setdatabase <> 0 AS here, split_part(c, '=', 1) AS name,
       substr(c, strpos(c, '=') + 1) AS value
FROM pg_db_role_setting s, unnest(s.setconfig) c
WHERE s.setrole <> 0
  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1, 2, 3
"""


def copy_roles(target: Target, database: Database) -> tuple[str, ...]:
    """Makes the target's roles in scratch with what they may do and the settings they have; notes say what differs."""
    notes: list[str] = []
    known = {row["rolname"] for row in database.query("SELECT rolname FROM pg_roles")}
    for role in target.query(ROLES):
        notes += _make(database, role, role["rolname"] in known)
    notes += _join(target, database)
    for setting in target.query(SETTINGS):
        # Settings of our own superuser would reach our own sessions.
        notes += _set(database, setting) if setting["role"] != "postgres" else []
    return tuple(dict.fromkeys(notes))


def _make(database: Database, role: dict[str, Any], exists: bool) -> list[str]:
    name = role["rolname"]
    if name == "postgres":
        return [] if role["rolsuper"] else ["role postgres is a superuser in scratch; on the target it is not"]
    attributes = [word if role[column] else f"NO{word}" for column, word in ATTRIBUTES.items()]
    verb = "ALTER" if exists else "CREATE"
    return _tried(database, f"{verb} ROLE {quoted(name)} {' '.join(attributes)}", f"role {name}")


def _join(target: Target, database: Database) -> list[str]:
    both = min(target.version, database.version) >= 160000
    options = ", bool_or(inherit_option) AS inherit, bool_or(set_option) AS set" if both else ""
    notes: list[str] = []
    for row in target.query(MEMBERS.format(options=options)):
        admin = row["admin"] and row["role"] != "pg_database_owner"
        how = f" WITH ADMIN {admin}, INHERIT {row['inherit']}, SET {row['set']}" if both else ""
        how = " WITH ADMIN OPTION" if not both and admin else how
        title = f"membership of {row['member']} in {row['role']}"
        notes += _tried(database, f"GRANT {quoted(row['role'])} TO {quoted(row['member'])}{how}", title)
    return notes


def _set(database: Database, row: dict[str, Any]) -> list[str]:
    """A role's setting, by way of our own session, which takes lists such as search_path as they are written."""
    where = sql.SQL(" IN DATABASE {}").format(sql.Identifier(database.name)) if row["here"] else sql.SQL("")
    statement = sql.SQL("ALTER ROLE {}{} SET {} FROM CURRENT").format(
        sql.Identifier(row["role"]), where, sql.SQL(".").join(map(sql.Identifier, row["name"].split(".")))
    )
    try:
        with database.connection.transaction():
            database.query("SELECT set_config(%s, %s, true)", (row["name"], row["value"]))
            database.script(statement.as_string())
    except psycopg.Error as error:
        return [f"setting {row['name']} of role {row['role']}: {error.diag.message_primary}"]
    return []


def _tried(database: Database, statement: str, title: str) -> list[str]:
    try:
        database.script(statement)
    except psycopg.Error as error:
        return [f"{title} could not be made: {error.diag.message_primary}"]
    return []
