"""From a target to a desired schema: drafted, rehearsed, and written where it belongs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.tools.migrations.draft import Unit
from dbengineer.tools.migrations.drafting import placing, run
from dbengineer.tools.migrations.rehearsing import sources
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

SCHEMA = "CREATE TABLE tasks (id bigint PRIMARY KEY, title text);\nCREATE VIEW titles AS SELECT title FROM tasks;\n"
ROWS = "INSERT INTO tasks SELECT g, nullif('t' || g, 't7') FROM generate_series(1, 20000) g; ANALYZE"


@pytest.fixture
def bench(server: Server, database: Database, tmp_path: Path) -> Iterator[Workbench]:
    """A workbench on a target with tasks, one of which has no title."""
    database.script(SCHEMA + "CREATE TABLE alembic_version (version_num varchar(32));" + ROWS)
    target = Target.open(server.conninfo(database.name), trust_role=True)
    bench = Workbench(target, tmp_path / "out")
    bench.__dict__["scratch"] = server
    yield bench
    target.close()
    if "rehearsal" in bench.__dict__:
        bench.rehearsal.database.close()
        server.drop("rehearsal")


def test_what_the_rows_of_the_target_forbid_is_told_with_the_draft(bench: Workbench) -> None:
    wanted = SCHEMA.replace("title text", "title text NOT NULL, token uuid NOT NULL DEFAULT gen_random_uuid()")
    outcome = run.to_desired(bench, wanted + "ALTER TABLE tasks OWNER TO somebody;", "desired.sql")
    verdict = outcome.report.verdicts[0]
    assert [c.why for c in verdict.findings] == ["rows are in the way: 1 NULL in public.tasks"]
    assert verdict.reversibility == "exact"
    texts = [s for unit in outcome.units for s in unit.up]
    assert not any("alembic_version" in text for text in texts)
    backfill = next(u for u in outcome.units if u.up[0].startswith("DO"))
    assert backfill.alone
    assert "COMMIT;" in backfill.up[0]
    assert "Deploy order" in outcome.readme


def test_what_no_template_covers_is_a_finding_and_not_forgotten(bench: Workbench) -> None:
    wanted = SCHEMA.replace("SELECT title", "SELECT title, id").replace("title text", "title text DEFAULT 'x'")
    outcome = run.to_desired(bench, wanted, "desired.sql")
    assert not outcome.safe
    assert "view public.titles" in outcome.remaining
    with pytest.raises(BadMigration, match=r"desired.sql cannot be built: .*nowhere"):
        run.to_desired(bench, "CREATE TABLE t (a nowhere)", "desired.sql")
    with pytest.raises(BadMigration, match="the schemas are the same"):
        run.to_desired(bench, SCHEMA, "desired.sql")


UNITS = (
    Unit(number=1, slug="a", title="A", why="", up=("CREATE TABLE t (id int)",), down=("DROP TABLE t",), alone=False),
    Unit(
        number=2,
        slug="b",
        title="B",
        why="",
        up=("CREATE INDEX CONCURRENTLY i ON t (id)",),
        down=("DROP INDEX CONCURRENTLY i",),
        alone=True,
    ),
)


def test_scripts_go_on_from_the_newest_version_and_the_way_back_is_there_for_the_community(tmp_path: Path) -> None:
    (tmp_path / "V4__x.sql").write_text("SELECT 1;")
    placing.place(Path(), placing.into_flyway(UNITS, tmp_path))
    names = {p.name for p in tmp_path.iterdir()}
    assert names >= {"V5__a.sql", "U5__a.sql", "V6__b.sql", "V6__b.sql.conf", "U6__b.sql.conf"}
    assert [m.name for m in sources.read([tmp_path]).earlier] == ["V4__x.sql", "V5__a.sql"]
    back = placing.folder(UNITS, "x")
    assert "DROP INDEX CONCURRENTLY i" in back["flyway_rollback/V3__take_back_b.sql"]
    assert "DROP TABLE t" in back["flyway_rollback/V4__take_back_a.sql"]
    with pytest.raises(BadMigration, match="is there already"):
        placing.write(tmp_path, {"V4__x.sql": "SELECT 2;"})


def test_revisions_come_after_the_head_of_the_users_project(tmp_path: Path, database: Database) -> None:
    (tmp_path / "here/versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/here\npath_separator = os\n")
    (tmp_path / "here/versions/r1.py").write_text("revision = 'r1'\ndown_revision = None\n")
    files = placing.into_alembic(UNITS, tmp_path / "alembic.ini", database, sys.executable)
    first, second = files.values()
    assert "down_revision = 'r1'" in first
    assert all(path.parent == tmp_path / "here/versions" for path in files)
    placing.place(Path(), files)
    (tmp_path / "here/versions/r2.py").write_text("revision = 'r2'\ndown_revision = 'r1'\n")
    with pytest.raises(BadMigration, match="has 2 heads"):
        placing.into_alembic(UNITS, tmp_path / "alembic.ini", database, sys.executable)
    assert "autocommit_block" in second
