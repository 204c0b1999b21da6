"""Rehearsing for a target: what it has already is left out, what its rows forbid is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tools.migrations.rehearsing.test_sources import INDEX, project, put

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.migrations.drafting import run as drafting
from dbengineer.tools.migrations.rehearsing import run
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

SCHEMA = """
CREATE TABLE t (id int);
INSERT INTO t VALUES (1), (1), (NULL);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('r1');
CREATE TABLE flyway_schema_history (version varchar(50), success bool);
INSERT INTO flyway_schema_history VALUES ('1', true), (NULL, true);
"""


@pytest.fixture
def bench(server: Server, database: Database, tmp_path: Path) -> Iterator[Workbench]:
    """A workbench on a target that both runners have brought to their first migration."""
    database.script(SCHEMA)
    bench = Workbench(Target.open(server.conninfo(database.name), trust_role=True), tmp_path / "out")
    bench.__dict__["scratch"] = server
    yield bench
    bench.target.close()
    bench.rehearsal.database.close()
    server.drop("rehearsal")


def test_only_what_the_history_of_flyway_lacks_is_rehearsed_and_rows_in_the_way_are_counted(
    bench: Workbench, tmp_path: Path
) -> None:
    put(tmp_path, V1__t="CREATE TABLE t (id int)", V2__u="CREATE UNIQUE INDEX CONCURRENTLY by_id ON t (id)")
    put(tmp_path, V3__v="ALTER TABLE t ADD a int", U3__v="ALTER TABLE t DROP a")
    report = run.on_target(bench, run.Wanted(paths=(tmp_path,)))
    assert [v.name for v in report.verdicts] == ["V2__u.sql", "V3__v.sql"]
    found = [c.why for c in report.verdicts[0].findings]
    assert "rows are in the way: 1 values of (id) that public.t has more than once" in found
    assert any("flyway.postgresql.transactional.lock=false" in why for why in found)
    assert report.verdicts[1].reversibility == "exact"


def test_a_revision_is_rehearsed_from_where_the_target_is(bench: Workbench, tmp_path: Path) -> None:
    ini = project(tmp_path, INDEX)
    report = run.on_target(bench, run.Wanted(paths=(ini,)))
    assert [v.name for v in report.verdicts] == ["r2"]
    assert report.verdicts[0].reversibility == "exact"
    (tmp_path / "here/versions/r1.py").unlink()
    (tmp_path / "here/versions/r2.py").write_text("revision = 'r9'\ndown_revision = None\n")
    with pytest.raises(BadMigration, match="at revision r1, which .* does not have"):
        run.on_target(bench, run.Wanted(paths=(ini,)))


def test_the_accepted_changes_of_a_report_are_drafted_and_rehearsed(bench: Workbench) -> None:
    up, down = "CREATE INDEX CONCURRENTLY by_id ON public.t (id)", "DROP INDEX CONCURRENTLY public.by_id"
    accepted = Recommendation(
        id="ddl-1", deliverable="indexes", kind="ddl", title="An index", why="w", sql=up, undo=down
    )
    outcome = drafting.of_accepted(bench, [accepted])
    assert (len(outcome.units), outcome.report.verdicts[0].reversibility, outcome.safe) == (1, "exact", True)
    with pytest.raises(BadMigration, match="no accepted change"):
        drafting.of_accepted(bench, [])
