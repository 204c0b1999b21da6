"""What a check proposes can be taken back, and its SQL is understood by an older server too."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.tools import checking
from dbengineer.tools.facts import Coverage, Finding
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

CASES = Path(__file__).parent / "checks"
OLDER = Path("/usr/lib/postgresql/15/bin")
# A case with a repair of its own has no fix that can run here: it is of the server, or there is none.
WITH_UNDO = [
    name
    for name, check in checking.all_checks().items()
    if "undo" in check.queries[-1].sql and "\n-- repair" not in (CASES / f"{name}.sql").read_text()
]


def bad_case(name: str) -> str:
    """The SQL that makes the fault a check looks for."""
    text = (CASES / f"{name}.sql").read_text()
    return text.split("-- bad", 1)[1].split("\n", 1)[1].split("\n-- good", 1)[0].split("\n-- repair", 1)[0]


def found(name: str, database: Database) -> tuple[Finding, ...]:
    """The findings of one check on a scratch database."""
    check = checking.all_checks()[name]
    return checking.run(check, database, Coverage(what=check.examines, examined=1, total=1)).findings


def structure(server: Server, database: Database) -> list[str]:
    """The schema as pg_dump writes it, without its random marks."""
    command = [str(server.bin_dir / "pg_dump"), "--schema-only", "-d", database.conninfo]
    dump = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in dump.stdout.splitlines() if "restrict " not in line]


@pytest.mark.parametrize("name", WITH_UNDO)
def test_undoing_a_fix_brings_the_schema_and_the_finding_back(name: str, server: Server, database: Database) -> None:
    database.script(bad_case(name))
    findings = found(name, database)
    offered = [finding for finding in findings if finding.fix and finding.undo]
    before = structure(server, database)
    assert offered
    for finding in offered:
        database.script(finding.fix)
    left = {finding.object for finding in found(name, database)}
    assert left.isdisjoint(finding.object for finding in offered)
    for finding in reversed(offered):
        database.script(finding.undo)
    assert structure(server, database) == before
    assert [f.object for f in found(name, database)] == [f.object for f in findings]


@pytest.fixture(scope="module")
def older() -> Iterator[Database]:
    """An empty database of PostgreSQL 15."""
    if not OLDER.exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDER}")
    with Server.start(pg_bin=OLDER) as server:
        database = server.create("older")
        yield database
        database.close()


@pytest.mark.parametrize("name", checking.all_checks())
def test_a_check_runs_on_an_older_server(name: str, older: Database) -> None:
    check = checking.all_checks()[name]
    coverage = checking.extent(older, check.examines)
    assert coverage.examined == coverage.total or coverage.because
    sql = check.query_for(older.version)
    if sql is None:
        pytest.skip("does not apply to PostgreSQL 15")
    older.query(sql)


def test_the_coverage_says_which_statistics_and_sequences_a_role_may_not_read(database: Database) -> None:
    database.script("""
        CREATE TABLE open AS SELECT n FROM generate_series(1, 10) n;
        CREATE TABLE closed (id serial, n int);
        INSERT INTO closed (n) VALUES (1);
        CREATE TABLE empty (n int);
        ANALYZE open; ANALYZE closed;
        CREATE ROLE role_reader;
        GRANT SELECT ON open, empty TO role_reader;
        SET ROLE role_reader;
    """)
    statistics, sequences = checking.extent(database, "statistics"), checking.extent(database, "sequences")
    assert (statistics.examined, statistics.total) == (2, 3)
    assert statistics.because == "1 tables whose statistics this role may not read"
    assert (sequences.examined, sequences.total) == (0, 1)
    assert "GRANT SELECT ON ALL SEQUENCES" in sequences.because
    database.script("RESET ROLE; DROP OWNED BY role_reader; DROP ROLE role_reader")


def test_young_statistics_do_not_tell_which_index_is_unused(database: Database) -> None:
    database.script("CREATE TABLE orders (id bigint PRIMARY KEY)")
    usage = checking.extent(database, "index usage")
    assert (usage.examined, usage.total) == (0, 1)
    assert re.match(r"statistics are \d+ (minutes|hours) old and hold \d+ index scans", usage.because)
