"""What a dump of the reviewing role has to leave out is told as that, and not as lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from dbengineer.tools.backups import contents, drill
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

CLINIC = """
CREATE TABLE patients (id int PRIMARY KEY, name text);
CREATE TABLE visits (id int PRIMARY KEY, patient int REFERENCES patients, door int);
INSERT INTO patients SELECT i, 'p' || i FROM generate_series(1, 20) i;
INSERT INTO visits SELECT i, i, 1 + i % 3 FROM generate_series(1, 20) i;
CREATE TABLE diagnoses (id int PRIMARY KEY, visit int REFERENCES visits, text text);
CREATE INDEX diagnoses_visit ON diagnoses (visit);
CREATE VIEW latest AS SELECT v.id, d.text FROM visits v JOIN diagnoses d ON d.visit = v.id;
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
CREATE POLICY nobody ON patients USING (false);
CREATE ROLE role_auditor LOGIN;
GRANT SELECT ON patients, visits TO role_auditor;
"""


@pytest.fixture
def bench(server: Server, database: Database, tmp_path: Path) -> Iterator[Workbench]:
    """A clinic with an index whose build has failed, seen by a role that may not read everything."""
    database.script(CLINIC)
    with pytest.raises(errors.UniqueViolation):
        database.script("CREATE UNIQUE INDEX CONCURRENTLY visits_door ON visits (door)")
    bench = Workbench(Target.open(make_conninfo(database.conninfo, user="role_auditor")), tmp_path, rows="copy")
    bench.__dict__["scratch"] = server
    yield bench
    bench.target.close()
    bench.restored.database.close()
    server.drop("restored")
    database.script("DROP OWNED BY role_auditor")


def test_the_drill_fails_for_nothing_that_it_could_not_have_brought_back(bench: Workbench) -> None:
    protocol = drill.with_rows(bench)
    assert protocol.comparison.faults == ()
    assert protocol.verdict.startswith("passed")
    notes = "\n".join(protocol.notes)
    assert "index public.visits_door did not come back: it is INVALID" in notes
    assert "constraint public.visits.visits_patient_fkey did not come back: row security" in notes
    assert "view public.latest did not come back: this role may not read" in notes


def test_rows_that_a_policy_shows_were_left_out_of_the_dump_all_the_same(bench: Workbench, database: Database) -> None:
    database.script("ALTER POLICY nobody ON patients USING (true)")
    protocol = drill.with_rows(bench)
    assert protocol.comparison.faults == ()
    patients = next(t for t in protocol.comparison.tables if t.table == "public.patients")
    assert (patients.verdict, patients.because) == (
        "not compared",
        "row security holds for this role, so the dump has left its rows out",
    )
    told = next(c for c in protocol.coverage if c.what == "tables compared row by row")
    assert told.examined < told.total


def test_what_was_to_come_back_is_still_missed(bench: Workbench) -> None:
    bench.restored.database.script("DROP TABLE visits CASCADE")
    faults = drill._comparison(bench, bench.restored.database, (), {}).faults
    assert "table public.visits is missing" in faults
    assert "index public.visits_pkey is missing" in faults


def test_where_everything_may_be_read_nothing_is_left_out(database: Database) -> None:
    database.script(CLINIC)
    assert contents.left_out(database) == {}
    database.script("DROP OWNED BY role_auditor")
