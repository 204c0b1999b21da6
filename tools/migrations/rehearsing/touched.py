"""Which tables of a copy a migration touches: those it names, also by an index, and those tied to them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.rehearsing.scripts import Block
from dbengineer.tools.scratch.database import Database

NAMES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'"""
TABLE_OF = """
SELECT DISTINCT format('%%I.%%I', n.nspname, t.relname) AS name
FROM pg_class c JOIN pg_namespace cn ON cn.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_class t ON t.oid = coalesce(i.indrelid, c.oid) JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p', 'm') AND c.relname = %s AND %s::text IN (cn.nspname::text, '')"""
PARTNERS = """
SELECT DISTINCT format('%%I.%%I', n.nspname, c.relname) AS name FROM pg_constraint k
JOIN pg_class c ON c.oid IN (k.conrelid, k.confrelid) JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND (k.conrelid = ANY(%s::regclass[]) OR k.confrelid = ANY(%s::regclass[]))"""
# What they do to rows does not stand in the statement itself.
HIDDEN = {"do_stmt", "call_stmt", "select_stmt", "alter_domain_stmt", "alter_enum_stmt", "create_trig_stmt"}
COMPARES = re.compile(r"\b(references|validate|delete|truncate|drop\s+table)\b", re.IGNORECASE)
MOST = 120


def tables(database: Database) -> frozenset[str]:
    """The tables of a copy, by qualified name."""
    return frozenset(row["name"] for row in database.query(NAMES))


def touched(database: Database, blocks: Iterable[Block]) -> list[str]:
    """The tables that the statements name and those that foreign keys tie to them; all where that cannot be seen."""
    every = [s for block in blocks for s in block.statements]
    if any(statements.kind(s) in HIDDEN for s in every):
        return sorted(tables(database))[:MOST]
    own = _named(database, every)
    return list(dict.fromkeys([*own, *_partners(database, own)]))


def with_rows(database: Database, blocks: Iterable[Block]) -> list[str]:
    """Those of them that have to hold rows: of tables tied to others only where rows of both are compared."""
    every = [s for block in blocks for s in block.statements]
    hidden = any(statements.kind(s) in HIDDEN for s in every)
    return touched(database, blocks) if hidden or any(map(COMPARES.search, every)) else _named(database, every)


def _named(database: Database, every: list[str]) -> list[str]:
    found: list[str] = []
    for name in dict.fromkeys(n for s in every for n in statements.tables(s)):
        schema = name[0] if len(name) > 1 else ""
        found += [row["name"] for row in database.query(TABLE_OF, (name[-1], schema))]
    return list(dict.fromkeys(found))


def _partners(database: Database, own: list[str]) -> list[str]:
    return [row["name"] for row in database.query(PARTNERS, (own, own))] if own else []
