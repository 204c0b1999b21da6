"""What code a database holds, to see whether a copy of it holds the same."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.checking import Reads

# The first oid that initdb does not give.
FIRST = 16384
MEMBER = "EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{0}'::regclass AND d.objid = x.oid AND d.deptype = 'e')"

CODE = f"""
SELECT 'function' AS kind, x.proname::text AS name, x.oid::regprocedure::text || CASE WHEN
         {MEMBER.format("pg_proc")} THEN '' ELSE concat(' ', md5(concat_ws(' ', x.prosrc,
         (SELECT l.lanname FROM pg_language l WHERE l.oid = x.prolang), x.prosecdef, x.provolatile, x.proconfig)))
         END AS identity,
       {MEMBER.format("pg_proc")} AS of_extension
FROM pg_proc x WHERE x.oid >= {FIRST}
UNION ALL
SELECT 'operator', x.oprname::text, concat(x.oid::regoperator, ' ', x.oprcode::regprocedure),
       {MEMBER.format("pg_operator")} FROM pg_operator x WHERE x.oid >= {FIRST}
UNION ALL
SELECT 'cast', concat(x.castsource::regtype, ' to ', x.casttarget::regtype),
       concat(x.castfunc::regprocedure, x.castcontext),
       {MEMBER.format("pg_cast")} FROM pg_cast x WHERE x.oid >= {FIRST}
UNION ALL
SELECT 'relation', x.oid::regclass::text, concat(x.relkind, x.relrowsecurity, x.relhassubclass),
       {MEMBER.format("pg_class")}
FROM pg_class x WHERE x.oid >= {FIRST} AND (x.relkind IN ('v', 'f') OR x.relrowsecurity OR x.relhassubclass)
UNION ALL
SELECT 'relation', x.polrelid::regclass::text, x.polname::text, false FROM pg_policy x
UNION ALL
SELECT 'relation', x.inhparent::regclass::text, x.inhrelid::regclass::text, false
FROM pg_inherits x JOIN pg_class c ON c.oid = x.inhrelid WHERE c.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'type', x.contypid::regtype::text, x.conname::text, false FROM pg_constraint x
WHERE x.contypid >= {FIRST}::oid
"""

# Changes whenever the code of the database does; cheap enough for every read.
STATE = f"""
SELECT sum(hashtextextended(line, 0))::text AS state FROM (
  SELECT concat('p', oid, ' ', xmin) AS line FROM pg_proc WHERE oid >= {FIRST}
  UNION ALL SELECT concat('o', oid, ' ', xmin) FROM pg_operator WHERE oid >= {FIRST}
  UNION ALL SELECT concat('c', oid, ' ', xmin) FROM pg_cast WHERE oid >= {FIRST}
  UNION ALL SELECT concat('w', oid, ' ', xmin) FROM pg_rewrite WHERE oid >= {FIRST}
  UNION ALL SELECT concat('y', oid, ' ', xmin) FROM pg_policy
  UNION ALL SELECT concat('t', oid, ' ', xmin) FROM pg_type WHERE oid >= {FIRST}
  UNION ALL SELECT concat('k', oid, ' ', xmin) FROM pg_constraint WHERE oid >= {FIRST} AND contype = 'c'
  UNION ALL SELECT concat('d', oid, ' ', xmin) FROM pg_attrdef
  UNION ALL SELECT concat('i', inhrelid, ' ', inhparent) FROM pg_inherits
  UNION ALL SELECT concat('r', oid, ' ', relname, relnamespace, relkind, relrowsecurity) FROM pg_class
            WHERE oid >= {FIRST} AND relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL SELECT concat('a', attrelid, ' ', attname, atttypid) FROM pg_attribute
            WHERE attrelid >= {FIRST} AND attnum > 0
  UNION ALL SELECT concat('n', oid, ' ', nspname) FROM pg_namespace WHERE oid >= {FIRST}
) AS lines
"""

Line = tuple[str, str, str]


def code(reads: Reads) -> dict[Line, bool]:
    """The code of a database as (kind, name, identity), and whether it is an extension's."""
    rows: list[dict[str, Any]] = reads.query(CODE)
    return {(row["kind"], row["name"], row["identity"]): row["of_extension"] for row in rows}


def state(reads: Reads) -> str:
    """A word that is another one as soon as the code of the database is."""
    return str(reads.query(STATE)[0]["state"])


def users(lines: dict[Line, bool]) -> bool:
    """Whether any of it is the user's own and not an extension's."""
    return not all(lines.values())


def missing(target: dict[Line, bool], copy: dict[Line, bool]) -> dict[str, frozenset[str]]:
    """The names, by kind, under which the target has code that its copy lacks."""
    lacking = {line for line in target.keys() - copy.keys() if line[0] != "cast"}
    kinds = {kind for kind, _, _ in lacking}
    return {kind: frozenset(name for of, name, _ in lacking if of == kind) for kind in kinds}


def casts(target: dict[Line, bool], copy: dict[Line, bool], reads: Reads) -> list[str]:
    """The casts of the target that its copy lacks though it has both their types."""
    lacking = sorted(name for kind, name, _ in target.keys() - copy.keys() if kind == "cast")
    known = "SELECT to_regtype(%s) IS NOT NULL AND to_regtype(%s) IS NOT NULL AS both"
    return [name for name in lacking if reads.query(known, name.split(" to ", 1))[0]["both"]]
