"""What a role can do that a reader of the database should not, and the SQL that takes it back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from psycopg import sql

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact

ROLE = """
SELECT r.rolname AS name, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
       current_database() AS database, (SELECT b.rolname FROM pg_roles AS b WHERE b.oid = 10) AS admin
FROM pg_roles AS r WHERE r.rolname = current_user
"""
ATTRIBUTES = {
    "rolsuper": ("it is a superuser", "no privilege and no row security holds for it", "NOSUPERUSER"),
    "rolcreaterole": ("it may make and change roles", "it can give itself or others what it lacks", "NOCREATEROLE"),
    "rolcreatedb": ("it may make databases", "it can fill the disk of the server", "NOCREATEDB"),
    "rolreplication": (
        "it may copy the whole cluster",
        "every database and every password hash leaves",
        "NOREPLICATION",
    ),
    "rolbypassrls": ("row security does not apply to it", "it reads rows that policies hide", "NOBYPASSRLS"),
}
MORE = frozenset({"rolbypassrls"})
"""What lets it see more than expected and change nothing."""
# By which of its direct memberships the role is a member of another role; in 16 and later each grantor has its own.
PARENTS = """
SELECT g.rolname AS role, p.rolname AS parent, o.rolname AS grantor
FROM pg_auth_members AS m
JOIN pg_roles AS p ON p.oid = m.roleid
JOIN pg_roles AS r ON r.oid = m.member AND r.rolname = current_user
LEFT JOIN pg_roles AS o ON o.oid = m.grantor
JOIN pg_roles AS g ON pg_has_role(p.oid, g.oid, 'MEMBER')
ORDER BY 1, 2, 3
"""
GROUPS = {
    "pg_checkpoint": "it can burden the server with checkpoints",
    "pg_create_subscription": "it can make the server connect elsewhere",
    "pg_execute_server_program": "it can run any program on the server",
    "pg_maintain": "it can lock and rewrite tables",
    "pg_read_server_files": "it can read files of the server, passwords among them",
    "pg_signal_backend": "it can end the sessions of others",
    "pg_write_all_data": "it can change every row",
    "pg_write_server_files": "it can write files of the server, and so run programs",
}
# Objects with their owner and, a row each, what which grantee may do that changes something.
GRANTS = """
WITH things AS (
  SELECT 'DATABASE' AS kind, NULL::name AS schema, d.datname AS name, NULL::name AS field, d.datdba AS owner,
         coalesce(d.datacl, acldefault('d', d.datdba)) AS acl, ARRAY['CREATE'] AS bad, true AS movable
  FROM pg_database AS d WHERE d.datname = current_database()
  UNION ALL
  SELECT 'SCHEMA', NULL, n.nspname, NULL, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)),
         ARRAY['CREATE'], true
  FROM pg_namespace AS n WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
              WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
         n.nspname, c.relname, NULL, c.relowner,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
         CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'UPDATE']
              ELSE ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER'] END,
         NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                     AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  UNION ALL
  SELECT 'COLUMN', n.nspname, c.relname, a.attname, c.relowner, a.attacl, ARRAY['INSERT', 'UPDATE'], false
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
)
SELECT t.kind, t.schema, t.name, t.field, o.rolname AS owner, pg_has_role(t.owner, 'MEMBER') AS owned, t.movable,
       g.rolname AS grantee, array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type) AS privileges
FROM things AS t
JOIN pg_roles AS o ON o.oid = t.owner
CROSS JOIN LATERAL aclexplode(t.acl) AS a
LEFT JOIN pg_roles AS g ON g.oid = a.grantee
WHERE a.privilege_type = ANY (t.bad) AND (a.grantee = 0 OR pg_has_role(a.grantee, 'MEMBER'))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
UNION ALL
SELECT t.kind, t.schema, t.name, t.field, o.rolname, true, t.movable, o.rolname, ARRAY['OWNER']
FROM things AS t JOIN pg_roles AS o ON o.oid = t.owner
WHERE t.kind <> 'COLUMN' AND pg_has_role(t.owner, 'MEMBER')
ORDER BY 1, 2, 3, 4, 8, 9
"""
DEFINERS = """
SELECT p.oid::regprocedure::text AS name, g.rolname AS grantee
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
LEFT JOIN pg_roles AS g ON g.oid = a.grantee
WHERE p.prosecdef AND a.privilege_type = 'EXECUTE' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'MEMBER'))
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
"""
KINDS = {
    "OWNER": ("it owns", "an owner can change, empty and drop it, whatever was revoked"),
    "DATABASE": ("it may make schemas in", "what it makes there can shadow what others call"),
    "SCHEMA": ("it may make objects in", "what it makes there can shadow what others call"),
    "SEQUENCE": ("it may move", "keys that are handed out twice or skipped break inserts"),
    "TABLE": ("it may change the rows of", "a reader that can write is one mistake away from doing it"),
}


class Excess(Fact):
    """Something that a role should not be able to do: why it matters and what takes it back.

    A `problem` lets it change something; otherwise it sees more than expected.
    """

    problem: bool
    what: str
    why: str
    sql: tuple[str, ...]


def excess(reads: Reads) -> tuple[Excess, ...]:
    """What the current role can do on the current database that a reader should not; run the SQL as an administrator.

    What comes of a membership is taken back by ending that membership; of PUBLIC, from everybody.
    """
    role = reads.query(ROLE)[0]
    found = [
        Excess(problem=key not in MORE, what=what, why=why, sql=(f"ALTER ROLE {_id(role['name'])} {word};",))
        for key, (what, why, word) in ATTRIBUTES.items()
        if role[key]
    ]
    if role["rolsuper"]:  # everything else is true of it as well; it shows when this is taken back
        return tuple(found)
    ends = _ends(reads, role["name"])
    groups = [
        Excess(problem=True, what=f"it is a member of {group}", why=why, sql=ends[group])
        for group, why in GROUPS.items()
        if group in ends
    ]
    return (*found, *groups, *_granted(reads, role, ends), *_definers(reads, role["name"], ends))


def _ends(reads: Reads, role: str) -> dict[str, tuple[str, ...]]:
    """For each role that the role is a member of, what ends that."""
    by_name = reads.version >= 160000
    ends: dict[str, list[str]] = defaultdict(list)
    for row in reads.query(PARENTS):
        by = f" GRANTED BY {_id(row['grantor'])}" if by_name and row["grantor"] else ""
        ends[row["role"]].append(f"REVOKE {_id(row['parent'])} FROM {_id(role)}{by};")
    return {name: tuple(lines) for name, lines in ends.items()}


def _granted(reads: Reads, role: dict[str, Any], ends: dict[str, tuple[str, ...]]) -> list[Excess]:
    things: dict[str, list[str]] = defaultdict(list)
    lines: dict[str, dict[str, None]] = defaultdict(dict)
    for row in reads.query(GRANTS):
        owner = row["privileges"] == ["OWNER"]
        if not owner and row["owned"] and row["grantee"] == row["owner"]:
            continue  # it is told as owned
        kind = "OWNER" if owner else row["kind"] if row["kind"] in KINDS else "TABLE"
        name = _title(row)
        if name not in things[kind]:
            things[kind].append(name)
        lines[kind] |= dict.fromkeys(_taken(row, role, ends))
    return [
        Excess(problem=True, what=f"{KINDS[kind][0]} {_listed(names)}", why=KINDS[kind][1], sql=tuple(lines[kind]))
        for kind, names in sorted(things.items())
    ]


def _title(row: dict[str, Any]) -> str:
    kind = "TABLE" if row["kind"] == "COLUMN" else row["kind"]
    return f"{kind.lower()} {'.'.join(filter(None, (row['schema'], row['name'])))}"


def _listed(names: list[str], most: int = 5) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _taken(row: dict[str, Any], role: dict[str, Any], ends: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What takes one privilege or the ownership of one object back."""
    if row["grantee"] not in (None, role["name"]):
        return ends.get(row["grantee"], ())
    name = _id(*filter(None, (row["schema"], row["name"])))
    if row["privileges"] == ["OWNER"]:
        moved = f"ALTER {row['kind']} {name} OWNER TO {_id(role['admin'])};"
        return (moved,) if row["movable"] else ()  # the sequence of a column goes with its table
    field = f" ({_id(row['field'])})" if row["field"] else ""
    kind = row["kind"] if row["kind"] in ("DATABASE", "SCHEMA", "SEQUENCE") else "TABLE"
    privileges = ", ".join(f"{privilege}{field}" for privilege in row["privileges"])
    return (f"REVOKE {privileges} ON {kind} {name} FROM {_grantee(row)};",)


def _definers(reads: Reads, role: str, ends: dict[str, tuple[str, ...]]) -> list[Excess]:
    rows = reads.query(DEFINERS)
    lines: dict[str, None] = {}
    for row in rows:
        own = row["grantee"] in (None, role)
        taken = (f"REVOKE EXECUTE ON ROUTINE {row['name']} FROM {_grantee(row)};",)
        lines |= dict.fromkeys(taken if own else ends.get(row["grantee"], ()))
    names = list(dict.fromkeys(row["name"] for row in rows))
    why = "they do what their owner may do; look whether that is meant"
    what = f"it may run with the rights of their owner: {_listed(names)}"
    return [Excess(problem=False, what=what, why=why, sql=tuple(lines))] if rows else []


def _grantee(row: dict[str, Any]) -> str:
    return _id(row["grantee"]) if row["grantee"] else "PUBLIC"


def _id(*names: str) -> str:
    return sql.Identifier(*names).as_string()
