"""What a schema is, as lines of text and as one hash: an approval is bound to it, and a way back has to restore it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact
from dbengineer.tools.schema.catalog import OURS


class Snapshot(Fact):
    """The definition of every object, a line each; it knows no OIDs, no order, no rows and no statistics."""

    lines: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """The hash of the lines."""
        return "schema-" + hashlib.sha256("\n".join(sorted(self.lines)).encode()).hexdigest()[:16]

    def without(self, other: Snapshot) -> list[str]:
        """The lines that the other snapshot does not have."""
        return sorted(self.lines - other.lines)


def _acl(acl: str, kind: str, owner: str) -> str:
    """Privileges in one spelling: none granted yet and the default granted explicitly are the same."""
    items = f"unnest(coalesce({acl}, acldefault('{kind}', {owner})))"
    return f"(SELECT coalesce(string_agg(i::text, ',' ORDER BY i::text), '') FROM {items} i)"


def _ours(catalog: str, oid: str) -> str:
    return OURS.format(catalog=catalog, oid=oid)


RELATION = f"""pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_ours("pg_class", "c.oid")}"""

PARTS: tuple[str, ...] = (
    f"""SELECT 'schema', quote_ident(n.nspname), concat_ws(' ', n.nspowner::regrole,
        {_acl("n.nspacl", "n", "n.nspowner")}, obj_description(n.oid, 'pg_namespace'))
        FROM pg_namespace n WHERE {_ours("pg_namespace", "n.oid")}""",
    f"""SELECT 'relation', format('%I.%I', n.nspname, c.relname), concat_ws(' ', c.relkind, c.relpersistence,
        c.relowner::regrole, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
        pg_get_expr(c.relpartbound, c.oid), CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        {_acl("c.relacl", "r", "c.relowner")}, obj_description(c.oid, 'pg_class'))
        FROM {RELATION} WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')""",
    f"""SELECT 'inherits', format('%I.%I', n.nspname, c.relname), i.inhparent::regclass::text
        FROM {RELATION} JOIN pg_inherits i ON i.inhrelid = c.oid WHERE c.relkind IN ('r', 'p', 'f')""",
    f"""SELECT 'column', format('%I.%I.%I', n.nspname, c.relname, a.attname), concat_ws(' ',
        format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        CASE WHEN d.oid IS NOT NULL THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
        a.attidentity, a.attgenerated, a.attstorage, nullif(a.attcollation, t.typcollation)::regcollation,
        nullif(a.attstattarget, -1), a.attoptions, {_acl("a.attacl", "c", "c.relowner")},
        col_description(c.oid, a.attnum))
        FROM {RELATION} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')""",
    f"""SELECT 'constraint', format('%I.%I.%I', n.nspname, c.relname, k.conname),
        concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint'))
        FROM {RELATION} JOIN pg_constraint k ON k.conrelid = c.oid""",
    f"""SELECT 'index', format('%I.%I', n.nspname, x.relname), concat_ws(' ', pg_get_indexdef(x.oid), i.indisvalid,
        i.indisclustered, i.indisreplident, obj_description(x.oid, 'pg_class'))
        FROM {RELATION} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid""",
    f"""SELECT 'view', format('%I.%I', n.nspname, c.relname), pg_get_viewdef(c.oid)
        FROM {RELATION} WHERE c.relkind IN ('v', 'm')""",
    f"""SELECT 'sequence', format('%I.%I', n.nspname, c.relname), concat_ws(' ', s.seqtypid::regtype, s.seqstart,
        s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle, c.relowner::regrole,
        {_acl("c.relacl", "s", "c.relowner")}) FROM {RELATION} JOIN pg_sequence s ON s.seqrelid = c.oid""",
    f"""SELECT 'trigger', format('%I.%I.%I', n.nspname, c.relname, g.tgname),
        concat(pg_get_triggerdef(g.oid), g.tgenabled)
        FROM {RELATION} JOIN pg_trigger g ON g.tgrelid = c.oid WHERE NOT g.tgisinternal""",
    f"""SELECT 'rule', format('%I.%I.%I', n.nspname, c.relname, r.rulename), concat(pg_get_ruledef(r.oid), r.ev_enabled)
        FROM {RELATION} JOIN pg_rewrite r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN'""",
    f"""SELECT 'policy', format('%I.%I.%I', n.nspname, c.relname, p.polname), concat_ws(' ', p.polcmd, p.polpermissive,
        (SELECT string_agg(r::regrole::text, ',' ORDER BY r::regrole::text) FROM unnest(p.polroles) r),
        pg_get_expr(p.polqual, c.oid), 'CHECK', pg_get_expr(p.polwithcheck, c.oid))
        FROM {RELATION} JOIN pg_policy p ON p.polrelid = c.oid""",
    f"""SELECT 'statistics', format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
        WHERE {_ours("pg_statistic_ext", "s.oid")}""",
    f"""SELECT 'function', p.oid::regprocedure::text, concat_ws(' ', p.prokind,
        CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
             ELSE (SELECT concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.agginitval) FROM pg_aggregate a
                   WHERE a.aggfnoid = p.oid) END,
        p.proowner::regrole, {_acl("p.proacl", "f", "p.proowner")}, obj_description(p.oid, 'pg_proc'))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_ours("pg_proc", "p.oid")}""",
    f"""SELECT 'type', format('%I.%I', n.nspname, t.typname), concat_ws(' ', t.typtype,
        (SELECT string_agg(quote_literal(e.enumlabel::text), ',' ORDER BY e.enumsortorder) FROM pg_enum e
         WHERE e.enumtypid = t.oid),
        CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, t.typdefault,
        (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid) || k.convalidated, ',' ORDER BY k.conname)
         FROM pg_constraint k WHERE k.contypid = t.oid),
        t.typowner::regrole, {_acl("t.typacl", "T", "t.typowner")})
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype IN ('e', 'd', 'r') AND {_ours("pg_type", "t.oid")}""",
    """SELECT 'extension', quote_ident(x.extname), concat_ws(' ', x.extversion, x.extnamespace::regnamespace)
        FROM pg_extension x""",
    """SELECT 'default privileges', concat_ws(' ', a.defaclrole::regrole, nullif(a.defaclnamespace, 0)::regnamespace,
        a.defaclobjtype), (SELECT coalesce(string_agg(i::text, ',' ORDER BY i::text), '') FROM unnest(a.defaclacl) i)
        FROM pg_default_acl a""",
    """SELECT 'publication', quote_ident(p.pubname), concat_ws(' ', p.pubowner::regrole, p.puballtables, p.pubinsert,
        p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
        (SELECT string_agg(r.prrelid::regclass::text, ',' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r
         WHERE r.prpubid = p.oid)) FROM pg_publication p""",
    """SELECT 'event trigger', quote_ident(e.evtname),
        concat_ws(' ', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags) FROM pg_event_trigger e""",
    f"""SELECT 'database', 'privileges', {_acl("d.datacl", "d", "d.datdba")} FROM pg_database d
        WHERE d.datname = current_database()""",
    """SELECT 'database', 'settings of ' || coalesce(nullif(s.setrole, 0)::regrole::text, 'everybody'),
        (SELECT string_agg(c, ',' ORDER BY c) FROM unnest(s.setconfig) c) FROM pg_db_role_setting s
        WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())""",
)

ROLES = """
SELECT 'role', quote_ident(r.rolname), concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb,
    r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil,
    (SELECT string_agg(c, ',' ORDER BY c) FROM unnest(r.rolconfig) c)) FROM pg_roles r
UNION ALL
SELECT 'member', m.member::regrole::text, concat_ws(' ', m.roleid::regrole, m.admin_option) FROM pg_auth_members m"""


def snapshot(reads: Reads, *, roles: bool = False) -> Snapshot:
    """The definitions of everything in a database and, where asked, of the cluster's roles (passwords are not seen)."""
    return _lines(reads, (*PARTS, ROLES) if roles else PARTS)


def roles(reads: Reads) -> Snapshot:
    """The definitions of the cluster's roles alone."""
    return _lines(reads, (ROLES,))


def _lines(reads: Reads, parts: tuple[str, ...]) -> Snapshot:
    query = "\nUNION ALL\n".join(parts)
    with _pinned(reads):
        rows = reads.query(f"SELECT * FROM ({query}) AS every (kind, name, definition)")
    return Snapshot(lines=frozenset(f"{r['kind']} {r['name']}: {r['definition'] or ''}" for r in rows))


def fingerprint(reads: Reads) -> str:
    """The hash of what the schema is; the same in every copy, and another after every change."""
    return snapshot(reads).fingerprint


@contextmanager
def _pinned(reads: Reads) -> Iterator[None]:
    """Names are written in full only while no schema of the user's is on the search path."""
    before = reads.query("SELECT current_setting('search_path') AS path")[0]["path"]
    if before == "pg_catalog":
        yield
        return
    reads.query("SELECT set_config('search_path', 'pg_catalog', false)")
    try:
        yield
    finally:
        restored = before.replace("'", "''")
        reads.query(f"SELECT set_config('search_path', '{restored}', false)")
