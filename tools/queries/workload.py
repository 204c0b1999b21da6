"""The workload: the statements that take the time, as pg_stat_statements counted them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg

from dbengineer.tools.checking import Reads, reason
from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.queries import sql

SLOW_MS = 100.0
HIDDEN = "<insufficient privilege>"
MISSING = "the extension pg_stat_statements is not installed in this database"
FIND = """
SELECT n.nspname AS schema,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns,
       EXISTS (SELECT 1 FROM pg_class i WHERE i.relname = 'pg_stat_statements_info' AND i.relnamespace = n.oid) AS info
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'pg_stat_statements' AND c.relkind = 'v'
  AND EXISTS (SELECT 1 FROM pg_extension e WHERE e.extname = 'pg_stat_statements' AND e.extnamespace = n.oid)
"""
READ = """
SELECT coalesce(r.rolname::text, s.userid::text) AS role, s.query, s.calls, s.total_{time} AS total_ms,
       s.min_{time} AS min_ms, s.max_{time} AS max_ms, s.rows,
       s.shared_blks_hit + s.shared_blks_read AS blocks, s.temp_blks_written AS temp_blocks
FROM {schema}.pg_stat_statements s LEFT JOIN pg_roles r ON r.oid = s.userid
WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND s.calls > 0
  AND NOT (r.rolname = current_user
           AND NOT EXISTS (SELECT 1 FROM pg_class o WHERE o.relowner = s.userid AND o.relkind = 'r'))
"""


class Statement(Fact):
    """A statement of the workload.

    Milliseconds and 8 kB pages of all calls, `share` of the database's time (0 to 1).
    """

    fingerprint: str
    text: str
    calls: int
    total_ms: float
    mean_ms: float
    min_ms: float
    max_ms: float
    rows: int
    blocks: int = 0
    temp_blocks: int = 0
    share: float
    tables: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def key(self) -> str:
        """What findings and recommendations call it."""
        return f"statement:{self.fingerprint}"

    @property
    def slow(self) -> bool:
        """Whether it takes longer on average than a statement should."""
        return self.mean_ms > SLOW_MS


class Workload(Fact):
    """The statements of a database, the longest first, since when, and how much of them could be seen."""

    statements: tuple[Statement, ...] = ()
    total_ms: float = 0
    since: datetime | None = None
    coverage: Coverage

    def get(self, fingerprint: str) -> Statement | None:
        """The statement of a fingerprint, if it is among them."""
        return next((s for s in self.statements if s.fingerprint == fingerprint), None)


def read(reads: Reads, *, limit: int = 100, by_role: bool = False) -> Workload:
    """The top statements of the current database by total time.

    The roles that run the same statement are summed and named, or kept apart with `by_role`. Left out are utility
    statements, those that read only the system's catalog, and all of our own role where it owns no table.
    """
    try:
        found = reads.query(FIND)
        if not found:
            return _nothing(MISSING + "; CREATE EXTENSION pg_stat_statements, and name it in shared_preload_libraries")
        rows = reads.query(_select(found[0]))
        since, evicted = _period(reads, found[0])
    except psycopg.Error as error:
        return _nothing(reason(error))
    visible = [row for row in rows if row["query"] and row["query"] != HIDDEN]
    wanted = [row for row in visible if _wanted(row["query"])]
    total = sum(row["total_ms"] for row in rows)
    statements = sorted(_grouped(wanted, total, by_role), key=lambda s: (-s.total_ms, s.fingerprint))[:limit]
    return Workload(
        statements=tuple(statements),
        total_ms=total,
        since=since,
        coverage=_coverage(len(rows), len(rows) - len(visible), evicted),
    )


def unknown(text: str) -> Statement:
    """A statement of which no statistics are known."""
    figures = dict.fromkeys(("total_ms", "mean_ms", "min_ms", "max_ms", "share", "rows"), 0)
    known: dict[str, Any] = {"text": text, "calls": 1, "tables": sql.tables(text), "roles": ()}
    return Statement.model_validate(figures | known | {"fingerprint": sql.fingerprint(text)})


def _nothing(because: str) -> Workload:
    return Workload(coverage=Coverage(what="statements", examined=0, total=0, because=because))


def _select(found: dict[str, Any]) -> str:
    time = "exec_time" if "total_exec_time" in found["columns"] else "time"
    return READ.format(time=time, schema=_quoted(found["schema"]))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _period(reads: Reads, found: dict[str, Any]) -> tuple[datetime | None, int]:
    """Since when the statistics count, and how many entries fell out of their table."""
    if not found["info"]:
        return None, 0
    row = reads.query(f"SELECT stats_reset, dealloc FROM {_quoted(found['schema'])}.pg_stat_statements_info")[0]
    return row["stats_reset"], row["dealloc"]


def _coverage(total: int, hidden: int, evicted: int) -> Coverage:
    because = []
    if hidden:
        because.append(f"the text of {hidden} is hidden from this role; GRANT pg_read_all_stats shows it")
    if evicted:
        because.append(f"statistics were evicted {evicted} times; a higher pg_stat_statements.max keeps them")
    return Coverage(what="statements", examined=total - hidden, total=total, because="; ".join(because))


def _wanted(text: str) -> bool:
    """Whether a statement is the application's: utility statements and readers of the catalog are not."""
    kind = sql.kind(text)
    if kind == "unreadable":
        return True
    if kind not in sql.DATA:
        return False
    used = sql.tables(text)
    if used:
        return not all(name.startswith(("pg_", "information_schema.")) or ".pg_stat_" in name for name in used)
    return any(not name.startswith("pg_") for name in _functions(text))


def _functions(text: str) -> list[str]:
    calls = sql.descendants(sql.parse(text), "func_call")
    return [name for call in calls if (name := call.funcname[-1].string.sval) not in ("set_config", "current_setting")]


def _grouped(rows: Iterable[dict[str, Any]], total: float, by_role: bool) -> Iterable[Statement]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[sql.fingerprint(row["query"]), row["role"] if by_role else ""].append(row)
    return (_statement(fingerprint, same, total) for (fingerprint, _), same in groups.items())


def _statement(fingerprint: str, rows: list[dict[str, Any]], total: float) -> Statement:
    calls, spent = sum(row["calls"] for row in rows), sum(row["total_ms"] for row in rows)
    text = max(rows, key=lambda row: (row["total_ms"], row["query"]))["query"]
    return Statement(
        fingerprint=fingerprint,
        text=text,
        calls=calls,
        total_ms=spent,
        mean_ms=spent / calls,
        min_ms=min(row["min_ms"] for row in rows),
        max_ms=max(row["max_ms"] for row in rows),
        rows=sum(row["rows"] for row in rows),
        blocks=sum(row["blocks"] for row in rows),
        temp_blocks=sum(row["temp_blocks"] for row in rows),
        share=spent / total if total else 0.0,
        tables=sql.tables(text),
        roles=tuple(sorted({row["role"] for row in rows})),
    )
