"""A large object that the role may not read ends neither the dump nor the drill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.backups import drill
from dbengineer.tools.schema import normalize
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.dump import readable
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench


@pytest.fixture
def bench(server: Server, database: Database, tmp_path: Path) -> Iterator[Workbench]:
    """An archive with two large objects, one of them for nobody but its owner."""
    database.script("""
        CREATE TABLE scans (id int PRIMARY KEY, image oid);
        SELECT lo_from_bytea(4711, 'for all'), lo_from_bytea(4712, 'secret');
        INSERT INTO scans VALUES (1, 4711), (2, 4712);
        CREATE ROLE role_archivist LOGIN;
        GRANT pg_read_all_data TO role_archivist;
        GRANT SELECT ON LARGE OBJECT 4711 TO role_archivist""")
    bench = Workbench(Target.open(make_conninfo(database.conninfo, user="role_archivist")), tmp_path, rows="copy")
    bench.__dict__["scratch"] = server
    yield bench
    bench.target.close()
    if "restored" in bench.__dict__:
        bench.restored.database.close()
        server.drop("restored")
    database.script("DROP OWNED BY role_archivist")


def test_the_drill_goes_on_without_them_and_says_so(bench: Workbench) -> None:
    protocol = drill.with_rows(bench)
    assert protocol.verdict.startswith("passed")
    (coverage,) = (c for c in protocol.coverage if "large objects" in c.what)
    assert (coverage.examined, coverage.total) == (1, 3)
    assert "1 of 2 large objects may not be read" in coverage.because


def test_where_all_may_be_read_they_are_dumped(bench: Workbench, database: Database) -> None:
    database.script("GRANT SELECT ON LARGE OBJECT 4712 TO role_archivist")
    found = readable(bench.target, rows=True)
    assert found.leave_out == ()
    assert found.coverage.what == "tables"
    assert drill.with_rows(bench).verdict.startswith("passed")
    assert bench.restored.database.query("SELECT count(*) AS n FROM pg_largeobject_metadata") == [{"n": 2}]


def test_a_dump_that_fails_ends_no_review_of_the_schema(bench: Workbench, database: Database) -> None:
    assert bench.schema.table("public.scans")
    database.script("BEGIN; LOCK TABLE scans IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(ScratchError):
        _ = bench.restored
    (coverage,) = normalize.review(bench).coverage
    assert coverage.hints
    assert "locked by another session" in coverage.because
    database.script("ROLLBACK")
