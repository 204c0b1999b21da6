"""A whole review leaves the target as it was: by the target's own log, and by what can be counted in it."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import postgast
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.agent import running
from dbengineer.agent.model import Playbook
from dbengineer.agent.state import Request
from dbengineer.tools.guard.grammar import KNOWN
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.security.role import role_sql
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Rows, Workbench

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
REVIEWER = "dbengineer_ro"
SETTINGS = {
    "log_statement": "all",
    "log_destination": "stderr",
    "log_line_prefix": "@%u@%p@%c@ ",
    # Without these the server itself writes WAL while nobody does anything.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    # In order, so that the review is not about them: each change of a setting is proven with a restart.
    "fsync": "on",
    "full_page_writes": "on",
    "track_io_timing": "on",
    "log_connections": "on",
    "log_lock_waits": "on",
    "log_min_duration_statement": "1s",
}
LIBRARY = """
CREATE EXTENSION pg_stat_statements;
CREATE TYPE state AS ENUM ('lent', 'back', 'lost');
CREATE DOMAIN isbn AS text CHECK (VALUE ~ '^[0-9]{9}[0-9X]$');
CREATE TABLE readers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, born date);
CREATE TABLE books (
  id serial PRIMARY KEY, isbn isbn, title text NOT NULL, tags text[] NOT NULL DEFAULT '{}', about jsonb,
  words tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED
);
CREATE INDEX books_words ON books USING gin (words);
CREATE TABLE loans (
  id bigint GENERATED ALWAYS AS IDENTITY, reader_id bigint NOT NULL REFERENCES readers, book_id int NOT NULL
  REFERENCES books, lent_on date NOT NULL, state state NOT NULL DEFAULT 'lent', fee numeric(8, 2), PRIMARY KEY (id)
);
CREATE INDEX loans_book ON loans (book_id);
CREATE INDEX loans_book_again ON loans (book_id);
CREATE TABLE visits (at timestamptz NOT NULL, reader_id bigint, door text) PARTITION BY RANGE (at);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE visits_other PARTITION OF visits DEFAULT;
CREATE TABLE notes (id int PRIMARY KEY, owner name, body text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = current_user);
CREATE VIEW open_loans AS SELECT * FROM loans WHERE state = 'lent';
CREATE MATERIALIZED VIEW popular AS SELECT book_id, count(*) FROM loans GROUP BY 1;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.lent_on := current_date; RETURN NEW; END $$;
CREATE TRIGGER stamped BEFORE UPDATE ON loans FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE FUNCTION forget() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.loans';
INSERT INTO readers (email, born)
  SELECT 'r' || i || '@example.org', date '1960-01-01' + i FROM generate_series(1, 2000) i;
INSERT INTO books (isbn, title, about)
  SELECT lpad(i::text, 9, '0') || 'X', 'Book ' || i, jsonb_build_object('pages', i) FROM generate_series(1, 500) i;
INSERT INTO loans (reader_id, book_id, lent_on, fee)
  SELECT 1 + i * 7 % 2000, 1 + i % 500, date '2026-01-01' + i % 300, i % 9 FROM generate_series(1, 30000) i;
INSERT INTO visits
  SELECT timestamptz '2026-01-01' + i * interval '1 hour', i % 2000, 'north' FROM generate_series(1, 5000) i;
INSERT INTO notes SELECT i, 'nobody', 'private' FROM generate_series(1, 50) i;
REFRESH MATERIALIZED VIEW popular;
CREATE ROLE librarian LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO librarian;
"""
ASKED = (
    ("SELECT * FROM loans WHERE reader_id = %s ORDER BY lent_on DESC LIMIT 5", 17),
    ("SELECT count(*) FROM loans l JOIN readers r ON r.id = l.reader_id WHERE r.born > %s", "1964-01-01"),
    ("SELECT id FROM readers WHERE lower(email) = lower(%s)", "R7@example.org"),
    ("SELECT * FROM visits WHERE reader_id = %s", 12),
    ("UPDATE loans SET state = 'back' WHERE id = %s", 3),
)
COUNTERS = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd, last_analyze, last_vacuum
FROM pg_stat_all_tables ORDER BY relid
"""
TABLES = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname = 'public' ORDER BY 2
"""
# No transaction since has had a number, so none has written; no WAL, so no page was changed beside them either.
QUIET = """
SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next_transaction, pg_current_wal_insert_lsn()::text AS wal
"""
VOLATILE = "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v'"


# What may be sent, in the words of PostgreSQL's grammar. Whatever is not here is a failure of the test.
HARMLESS_TRANSACTION = {"TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"}
OF_THE_SESSION = {
    "client_encoding", "client_min_messages", "cursor_tuple_fraction", "datestyle", "extra_float_digits",
    "client_connection_check_interval",
    "idle_in_transaction_session_timeout", "intervalstyle", "lock_timeout", "plan_cache_mode", "quote_all_identifiers",
    "row_security", "search_path", "standard_conforming_strings", "statement_timeout", "synchronize_seqscans",
    "transaction_timeout",
}  # fmt: skip
READ = KNOWN | {"CopyStmt", "ExplainStmt", "DefElem", "LockStmt", "PrepareStmt", "ExecuteStmt", "A_ArrayExpr"}
# Volatile because their answer changes, not because they would write; set_config and the unlocking are of the session.
VOLATILE_READS = {
    "clock_timestamp", "pg_advisory_unlock_all", "pg_blocking_pids",
    "pg_collation_actual_version", "pg_current_wal_lsn",
    "pg_database_collation_actual_version", "pg_database_size", "pg_get_sequence_data", "pg_indexes_size",
    "pg_is_in_recovery", "pg_last_wal_receive_lsn", "pg_last_wal_replay_lsn", "pg_partition_tree", "pg_relation_size",
    "pg_sequence_last_value", "pg_table_size", "pg_total_relation_size", "set_config",
}  # fmt: skip
ACCESS_SHARE = 1


class Sent(NamedTuple):
    """A statement as the target has logged it, and the session it came by."""

    session: str
    sql: str


class Kept(NamedTuple):
    """What a write would have changed."""

    schema: str
    digests: dict[str, str]
    counters: list[dict[str, Any]]
    quiet: list[dict[str, Any]]


# With rows, more is sent than without; on the older server that is enough.
RUNS = [
    pytest.param(None, "none", id="embedded, no rows"),
    pytest.param(None, "copy", id="embedded, rows copied"),
    pytest.param(POSTGRES_15, "copy", id="15, rows copied"),
]


@pytest.fixture(scope="module")
def library(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of its own with the database of a library that was used, logging every statement."""
    if request.param and not (request.param / "postgres").exists():
        pytest.skip("no PostgreSQL 15 here")
    with Server.start(pg_bin=request.param, settings=SETTINGS) as server:
        owner = server.create("library")
        owner.script(LIBRARY)
        with psycopg.connect(server.conninfo("library"), user="librarian", autocommit=True) as application:
            for statement, value in ASKED * 3:
                application.execute(statement, (value,), prepare=False)
        target = Target.open(server.conninfo("library"), trust_role=True)
        owner.script(role_sql(target, REVIEWER))
        target.close()
        # Reading a page may tidy it up, which is no reader's change; ANALYZE itself leaves old rows of statistics.
        for name in ("library", "postgres"):
            tidied = server.database(name)
            tidied.script("ANALYZE")
            tidied.script("VACUUM (FREEZE)")
            tidied.close()
        owner.script("CHECKPOINT")
        owner.close()
        yield server


def kept(server: Server) -> Kept:
    """What there is in the library; reading it changes none of it."""
    owner = server.database("library")
    dumped = subprocess.run(
        [server.bin_dir / "pg_dump", "--schema-only", "-d", server.conninfo("library")],
        capture_output=True,
        text=True,
        check=True,
    )
    tables = [quoted(row["schema"], row["name"]) for row in owner.query(TABLES)]
    found = Kept(
        schema=re.sub(r"(?m)^\\(un)?restrict .*$", "", dumped.stdout),
        digests={table: digest(owner, table) for table in tables},
        counters=counted(owner),
        quiet=owner.query(QUIET),
    )
    owner.close()
    return found


def counted(owner: Database) -> list[dict[str, Any]]:
    """The counters of rows, once the sessions before have told theirs."""
    found: list[list[dict[str, Any]]] = []
    while len(found) < 2 or found[-1] != found[-2]:
        found.append(owner.query(COUNTERS))
        time.sleep(0.2)
    return found[-1]


def digest(owner: Database, table: str) -> str:
    digests = owner.query(f"SELECT md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) AS rows FROM {table} t")
    return str(digests[0]["rows"])


def sent(log: str, user: str) -> list[Sent]:
    """The statements of a user in a server's log; lines that begin with a tab belong to the one before."""
    entries = re.split(r"(?m)^(?=@)", log)
    found = []
    for entry in entries:
        head = re.match(rf"@{user}@\d+@(\S+)@ LOG:  (?:statement|execute [^:]+): (.*)", entry, re.DOTALL)
        if head:
            found.append(Sent(head[1], head[2].replace("\n\t", "\n").strip()))
    return found


@pytest.mark.parametrize(("library", "rows"), RUNS, indirect=["library"])
def test_a_whole_review_writes_nothing_to_the_target(library: Server, tmp_path: Path, rows: Rows) -> None:
    before, already = kept(library), library.log.stat().st_size
    target = Target.open(make_conninfo(library.conninfo("library"), user=REVIEWER))
    bench = Workbench(target, tmp_path / "report", rows=rows)
    try:
        report = running.review(bench, Request(), Playbook())
    finally:
        bench.close()
    assert {d.status for d in report.checklist.deliverables} <= {"done", "ready", "open", "cannot_tell"}
    assert any(e.tool.startswith("check ") for e in bench.ledger)
    logged = library.log.read_bytes()[already:].decode()
    statements = sent(logged, REVIEWER)
    assert len(statements) > 300
    assert sum("COPY public.loans" in s.sql for s in statements) == (1 if rows == "copy" else 0)
    owner = library.database("library")
    volatile = frozenset(row["proname"] for row in owner.query(VOLATILE))
    owner.close()
    assert refused(statements, volatile) == []
    assert kept(library) == before


class Session:
    """What a session has said so far, and what of it is not only reading."""

    def __init__(self, volatile: frozenset[str]) -> None:
        self.volatile = volatile
        self.read_only = False
        self.refused: list[str] = []

    def hear(self, text: str) -> None:
        for statement in postgast.parse(text).stmts:
            node = getattr(statement.stmt, statement.stmt.WhichOneof("node"))
            why = self.why_not(node)
            if why:
                self.refused.append(f"{why}: {text[:200]}")

    def why_not(self, node: Any) -> str:
        match node.DESCRIPTOR.name:
            case "TransactionStmt":
                self.read_only = bool(options(node.options) & {"transaction_read_only"})
                kind = node.DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number[node.kind].name
                return "" if kind in HARMLESS_TRANSACTION else "an unknown kind of transaction"
            case "VariableSetStmt":
                self.read_only |= node.name == "TRANSACTION" and "transaction_read_only" in options(node.args)
                known = node.name.lower() in OF_THE_SESSION or (node.name == "TRANSACTION" and self.read_only)
                return "" if known else f"an unknown setting {node.name}"
            case "SelectStmt" | "PrepareStmt" | "ExecuteStmt" | "ExplainStmt" | "CopyStmt" | "LockStmt":
                return self.of_a_read(node)
            case "VariableShowStmt" | "FetchStmt" | "ClosePortalStmt" | "DeallocateStmt":
                return ""
            case "DiscardStmt":
                return "" if not self.read_only else "DISCARD inside of a transaction"
            case "DeclareCursorStmt":
                return self.of_a_read(node.query.select_stmt)
            case other:
                return f"a {other}"

    def of_a_read(self, node: Any) -> str:
        found = list(nodes(node))
        unknown = {n.DESCRIPTOR.name for n in found} - READ
        called = {n.funcname[-1].string.sval for n in found if n.DESCRIPTOR.name == "FuncCall"}
        beyond = (called & self.volatile) - VOLATILE_READS
        relations = {n.relname for n in found if n.DESCRIPTOR.name == "RangeVar"}
        if unknown or beyond:
            return f"more than reading ({', '.join(sorted(unknown | beyond))})"
        if relations - {"pg_settings"} and not self.read_only:
            return "outside of a read-only transaction"
        if node.DESCRIPTOR.name == "CopyStmt" and (node.is_from or node.is_program or node.filename):
            return "COPY from or to somewhere else than the client"
        if node.DESCRIPTOR.name == "LockStmt" and node.mode != ACCESS_SHARE:
            return "a lock that others would have to wait for"
        return ""


def options(elements: Any) -> set[str]:
    """The names of options that are switched on."""
    return {e.def_elem.defname for e in elements if e.def_elem.arg.a_const.ival.ival == 1}


def nodes(message: Any) -> Iterator[Any]:
    """A node of a parse tree and all below it."""
    if message.DESCRIPTOR.name != "Node":
        yield message
    for field, value in message.ListFields():
        if field.message_type:
            for child in value if field.is_repeated else [value]:
                yield from nodes(child)


def refused(statements: list[Sent], volatile: frozenset[str]) -> list[str]:
    """The statements that do more than read, and why."""
    sessions: dict[str, Session] = {}
    for statement in statements:
        sessions.setdefault(statement.session, Session(volatile)).hear(statement.sql)
    return [why for session in sessions.values() for why in session.refused]


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM public.loans",
        "BEGIN; SELECT * FROM public.loans",
        "SELECT * FROM public.loans",
        "BEGIN READ ONLY; SELECT * FROM public.loans FOR UPDATE",
        "BEGIN READ ONLY; COMMIT; SELECT * FROM public.loans",
        "BEGIN READ WRITE; SELECT * FROM public.loans",
        "BEGIN READ ONLY; WITH gone AS (DELETE FROM public.loans RETURNING id) SELECT * FROM gone",
        "BEGIN READ ONLY; SELECT nextval('public.books_id_seq')",
        "BEGIN READ ONLY; SELECT * INTO public.copy FROM public.loans",
        "BEGIN READ ONLY; COPY public.loans FROM stdin",
        "BEGIN READ ONLY; COPY public.loans TO PROGRAM 'sh'",
        "BEGIN READ ONLY; LOCK TABLE public.loans IN SHARE MODE",
        "SET SESSION AUTHORIZATION postgres",
        "SET default_transaction_read_only = off",
        "NOTIFY leak",
        "EXPLAIN ANALYZE DELETE FROM public.loans",
    ],
)
def test_what_would_write_is_noticed_in_the_log(text: str) -> None:
    assert refused([Sent("1", text)], frozenset({"nextval"}))
