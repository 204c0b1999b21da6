"""Reading the target with pg_dump: read only, with short locks, without what the role may not read."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.scratch.access import clean_environment, encrypted
from dbengineer.tools.scratch.binaries import Binaries, dump_programs
from dbengineer.tools.scratch.database import quoted
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.relay import Relay, relayed
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target

What = Literal["schema", "statistics", "all"]
LOCK_WAIT_MS = 3000
NAMED = 8

READABLE = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       has_schema_privilege(n.oid, 'USAGE') AS usable,
       has_table_privilege(c.oid, 'SELECT') AS readable,
       row_security_active(c.oid) AS hidden
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""

# pg_read_all_data does not reach large objects: only their owner and who was granted SELECT on each.
LARGE_OBJECTS = """
SELECT count(*)::int AS total, count(*) FILTER (WHERE NOT (
  pg_has_role(m.lomowner, 'USAGE')
  OR EXISTS (SELECT FROM aclexplode(m.lomacl) AS a
             WHERE a.privilege_type = 'SELECT'
               AND CASE WHEN a.grantee = 0 THEN true ELSE pg_has_role(a.grantee, 'USAGE') END)
))::int AS refused
FROM pg_largeobject_metadata AS m
"""


class Readable(Fact):
    """What a dump has to leave out, as pg_dump options, and how much remains."""

    leave_out: tuple[str, ...]
    schemas: tuple[str, ...]
    hidden: tuple[str, ...]
    coverage: Coverage


class Dump(Fact):
    """What pg_dump gave: SQL, or a file in its custom format; `program` has made it."""

    text: str = ""
    file: Path | None = None
    program: Binaries
    through_relay: bool
    readable: Readable
    took_ms: float

    @property
    def coverage(self) -> Coverage:
        """How many tables are in it."""
        return self.readable.coverage


def dump(
    target: Target,
    server: Server,
    *,
    what: What,
    into: Path | None = None,
    options: Sequence[str] = (),
) -> Dump:
    """Dumps the target as SQL, or `into` a file of the custom format (ScratchError says why it could not).

    Tables that the role cannot read are left out by name, since pg_dump locks every table and one refusal ends it.
    """
    started = time.perf_counter()
    found = readable(target, rows=what == "all")
    arguments = [*_what(what), *found.leave_out, *options, f"--lock-wait-timeout={LOCK_WAIT_MS}", "--no-password"]
    arguments += ["--no-subscriptions", "--no-security-labels", "--encoding=UTF8"]
    arguments += ["-Fc", "-Z1", "--no-sync", f"--file={into}"] if into else []
    with way(target, server, what) as (program, variables, relay):
        done = subprocess.run(
            [program.program("pg_dump"), *arguments],
            env=clean_environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
        )
        if done.returncode:
            raise ScratchError(_refusal(done.stderr.decode(errors="replace"), relay))
    took_ms = (time.perf_counter() - started) * 1000
    text = "" if into else done.stdout.decode()
    return Dump(text=text, file=into, program=program, through_relay=relay is not None, readable=found, took_ms=took_ms)


def _what(what: What) -> list[str]:
    return {"schema": ["--schema-only"], "statistics": ["--no-data", "--statistics"], "all": []}[what]


# A pooler refuses PGOPTIONS and gives every transaction another session, so all of a dump has to be one transaction.
IN_ONE = (
    f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = {LOCK_WAIT_MS}; "
    "SET LOCAL idle_in_transaction_session_timeout = 0; SELECT 1"
)


def _read_only(variables: dict[str, str]) -> dict[str, str]:
    pinned = (
        f"-c default_transaction_read_only=on -c lock_timeout={LOCK_WAIT_MS} -c idle_in_transaction_session_timeout=0"
    )
    return {
        **variables,
        "PGOPTIONS": f"{variables.get('PGOPTIONS', '')} {pinned}".strip(),
        "PGAPPNAME": "dbengineer",
    }


def _refusal(stderr: str, relay: Relay | None) -> str:
    lines = [line for line in stderr.splitlines() if "error:" in line] or stderr.splitlines() or ["no message"]
    if relay is not None and relay.failure:
        return relay.failure
    because = lines[0].removeprefix("pg_dump: error: ")
    if "lock" in stderr.lower() and "timeout" in stderr:
        because += "; a table is locked by another session: try again when it has ended"
    if "permission denied" in stderr:
        because += "; grant pg_read_all_data to the role, or SELECT on what is named"
    return f"pg_dump could not read the target: {because}"


@contextmanager
def way(target: Target, server: Server, what: What) -> Iterator[tuple[Binaries, dict[str, str], Relay | None]]:
    """The program that can dump this target, with the PG* variables for it; through a relay where it lacks TLS."""
    variables = target.environment()
    needed = max(target.version // 10000, 18 if what == "statistics" else 0)
    own = [program for program in dump_programs() if program.major >= needed]
    tls, pooled = encrypted(target), target.pooled
    if pooled:
        with relayed(variables, tls=tls, opening=IN_ONE) as (relay, through):
            yield _capable([server.binaries, *own], needed), {**through, "PGAPPNAME": "dbengineer"}, relay
    elif tls and own:
        yield own[0], _read_only({"PGSSLMODE": "require", **variables}), None
    elif tls:
        with relayed(variables) as (relay, through):
            yield _capable([server.binaries], needed), _read_only(through), relay
    else:
        yield _capable([server.binaries, *own], needed), _read_only(variables), None


def _capable(programs: Sequence[Binaries], needed: int) -> Binaries:
    """The first program that is new enough (ScratchError if there is none)."""
    for program in programs:
        if program.major >= needed:
            return program
    raise ScratchError(
        f"this needs pg_dump {needed} or newer, and the newest here is {max(p.major for p in programs)}; "
        f"install postgresql-client-{needed}, or name newer programs in DBENGINEER_PG_BIN"
    )


def readable(target: Target, *, rows: bool) -> Readable:
    """What this role can dump; with `rows`, tables under row security count as unreadable and lose only their rows."""
    found = target.query(READABLE)
    closed = sorted({row["schema"] for row in found if not row["usable"]})
    inside = [row for row in found if row["usable"]]
    refused = [row for row in inside if not row["readable"] and row["kind"] in "rp"]
    hidden = [row for row in inside if row["readable"] and row["hidden"]]
    options = [f"--exclude-schema={quoted(schema)}" for schema in closed]
    options += [f"--exclude-table={_name(row)}" for row in refused]
    if rows:
        numbers = [row for row in inside if not row["readable"] and row["kind"] in "Sm"]
        options += [f"--exclude-table-data={_name(row)}" for row in (*hidden, *numbers)]
    large = target.query(LARGE_OBJECTS)[0] if rows else {"total": 0, "refused": 0}
    options += ["--no-blobs"] if large["refused"] else []
    tables = [row for row in found if row["kind"] in "rp"]
    lost = [row for row in tables if not row["usable"]]
    missing = len(lost) + len(refused) + (len(hidden) if rows else 0)
    because = _because(closed, refused, hidden if rows else [])
    return Readable(
        leave_out=tuple(options),
        schemas=tuple(closed),
        hidden=tuple(map(_name, hidden)),
        coverage=_coverage(len(tables), missing, because, large),
    )


def _coverage(tables: int, missing: int, because: str, large: dict[str, int]) -> Coverage:
    """One large object that is refused ends pg_dump, so all of them are left out then."""
    if not large["refused"]:
        return Coverage(what="tables", examined=tables - missing, total=tables, because=because)
    left = f"{large['refused']} of {large['total']} large objects may not be read, so none was dumped; a superuser can"
    return Coverage(
        what="tables and large objects",
        examined=tables - missing,
        total=tables + large["total"],
        because="; ".join(filter(None, [because, left])),
    )


def _because(closed: Sequence[str], refused: Sequence[dict[str, Any]], hidden: Sequence[dict[str, Any]]) -> str:
    reasons = [f"no USAGE on schema {_some(list(map(quoted, closed)))}"] if closed else []
    reasons += [f"no SELECT on {_some(list(map(_name, refused)))}"] if refused else []
    reasons += [f"row security hides rows of {_some(list(map(_name, hidden)))}"] if hidden else []
    return "; ".join(reasons)


def _name(row: dict[str, Any]) -> str:
    return quoted(row["schema"], row["name"])


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
