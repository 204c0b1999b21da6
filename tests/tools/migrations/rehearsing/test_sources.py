"""Reading what was given: files, Flyway's folders, Alembic's projects, and what cannot be rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dbengineer.tools.migrations.rehearsing import revisions, sources
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration
from dbengineer.tools.migrations.rehearsing.verdict import Report
from dbengineer.tools.scratch.database import Database

Empty = Callable[[Path], Report]


def put(folder: Path, **texts: str) -> Path:
    """Writes SQL files, named without their ending; the last one is given back."""
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(text)
    return folder / f"{list(texts)[-1]}.sql"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\\set x 1\nSELECT 1", r"line 1: \\set is a command of psql"),
        ("CREATE TABEL t (id int)", "cannot be read as SQL: syntax error"),
        ("COPY t (id) FROM stdin;\n1\n\\.\n", "COPY FROM stdin carries rows|command of psql"),
        ("COPY t FROM PROGRAM 'id'", "files or programs of the server's machine"),
        ("ALTER SYSTEM SET work_mem = '8MB'", "changes the whole server"),
        ("BEGIN; CREATE TABLE t ();", "never ends it"),
        ("BEGIN; CREATE TABLE t (); ROLLBACK;", "so it changes nothing"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_with_the_reason(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadMigration, match=why):
        sources.read([put(tmp_path, change=text)])


def test_five_hundred_files_at_once_are_too_many_but_a_folder_of_them_is_not(tmp_path: Path) -> None:
    paths = [put(tmp_path, **{f"{n:03d}_t": f"CREATE TABLE t{n} ()"}) for n in range(500)]
    with pytest.raises(BadMigration, match="500 files are too many"):
        sources.read(paths)
    found = sources.read([tmp_path])
    assert (len(found.earlier), found.migrations[0].name) == (499, "499_t.sql")


def test_flyway_runs_a_file_in_one_transaction_unless_it_or_its_conf_says_otherwise(tmp_path: Path) -> None:
    put(tmp_path, V1__a="CREATE TABLE t (id int); CREATE TABLE u ()", V10__c="REINDEX TABLE CONCURRENTLY t")
    put(tmp_path, V2__b="CREATE INDEX CONCURRENTLY i ON t (id)", U2__b="DROP INDEX CONCURRENTLY i")
    found = sources.read([tmp_path])
    one, two, ten = (*found.earlier, *found.migrations)
    assert [m.name[:3] for m in (one, two, ten)] == ["V1_", "V2_", "V10"]
    assert [len(b.statements) for b in one.up] == [2]
    assert not two.up[0].transaction
    assert two.down[0].statements == ("DROP INDEX CONCURRENTLY i",)
    assert "waits for it for ever" in two.traps[0]
    assert ten.up[0].transaction  # Flyway does not know that this one cannot be in a transaction
    (tmp_path / "V10__c.sql.conf").write_text("executeInTransaction=false\n")
    (tmp_path / "flyway.conf").write_text("flyway.postgresql.transactional.lock=false\n")
    assert not sources.read([tmp_path]).migrations[0].up[0].transaction
    assert sources.read([tmp_path]).migrations[0].traps == ()


def test_the_last_script_of_a_flyway_folder_is_rehearsed_on_those_before(rehearse_empty: Empty, tmp_path: Path) -> None:
    put(tmp_path, V1__a="CREATE TABLE t (id int)", V2__b="ALTER TABLE t ADD a ${kind}", U2__b="ALTER TABLE t DROP a")
    with pytest.raises(BadMigration, match=r"placeholder \$\{kind\} has no value"):
        rehearse_empty(tmp_path)
    (tmp_path / "flyway.conf").write_text("flyway.placeholders.kind=text\n")
    report = rehearse_empty(tmp_path)
    assert (report.applied_before, report.verdicts[0].name) == (1, "V2__b.sql")
    assert report.verdicts[0].reversibility == "exact"


INI = "[alembic]\nscript_location = %(here)s/here\npath_separator = os\n"
ENV = """
import os
from alembic import context
from sqlalchemy import create_engine
if os.environ.get("APP_DB") and "secret" in os.environ["APP_DB"]:
    raise RuntimeError("the target's address has come here")
if context.is_offline_mode():
    context.configure(dialect_name="postgresql")
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine("postgresql+psycopg://nobody:pw@db.invalid/prod").connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
"""
HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision = {0!r}\ndown_revision = {1!r}\n"
TABLE = (
    "def upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer))\ndef downgrade():\n    op.drop_table('t')\n"
)
INDEX = """def upgrade():
    op.add_column("t", sa.Column("a", sa.Integer))
    op.execute(sa.text("UPDATE t SET a = :one").bindparams(one=1))
    with op.get_context().autocommit_block():
        op.create_index("by_a", "t", ["a"], postgresql_concurrently=True)
def downgrade():
    op.drop_column("t", "a")
"""


def project(folder: Path, *more: str) -> Path:
    """An Alembic project of a table, and of what is done with it."""
    (folder / "here/versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text(INI)
    (folder / "here/env.py").write_text(ENV)
    (folder / "here/versions/r1.py").write_text('"""table"""\n' + HEAD.format("r1", None) + TABLE)
    for number, text in enumerate(more, 2):
        (folder / f"here/versions/r{number}.py").write_text(HEAD.format(f"r{number}", "r1") + text)
    return folder / "alembic.ini"


def test_a_revision_is_run_by_alembic_with_scratch_alone_in_its_reach(
    rehearse_empty: Empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_DB", "postgresql://app:secret@db.example.com/prod")
    report = rehearse_empty(project(tmp_path, INDEX))
    verdict = report.verdicts[0]
    assert (report.applied_before, verdict.reversibility) == (1, "exact")
    assert [s.statement for s in verdict.statements][1] == "UPDATE t SET a = 1::INTEGER"
    assert [s.alone for s in verdict.statements] == [False, False, True]
    assert "blocked" in {c.rule for c in verdict.findings}
    assert "offline mode works" in " ".join(c.why for c in verdict.concerns)


def test_two_heads_are_refused_with_the_way_to_join_them(rehearse_empty: Empty, tmp_path: Path) -> None:
    with pytest.raises(BadMigration, match=r"has 2 heads .*alembic merge"):
        rehearse_empty(project(tmp_path, INDEX, INDEX))


def test_a_revision_that_reads_rows_says_so(rehearse_empty: Empty, tmp_path: Path) -> None:
    reading = "def upgrade():\n    op.get_bind().execute(sa.text('SELECT id FROM t WHERE id < 0')).one()\n"
    verdict = rehearse_empty(project(tmp_path, reading)).verdicts[0]
    assert verdict.reversibility == "failed"
    assert "reads rows that a copy with made-up rows does not hold" in verdict.findings[0].why


def test_no_variable_of_the_users_code_names_another_database(database: Database) -> None:
    given = {"A": "postgresql+asyncpg://u:p@prod/db", "PGPASSWORD": "p", "DBENGINEER_URL": "x", "OTHER": "kept"}
    found = revisions.environment(given, database)
    assert found["A"].startswith("postgresql+asyncpg://postgres@/")
    assert found["OTHER"] == "kept"
    assert {"PGPASSWORD", "DBENGINEER_URL"}.isdisjoint(found)
    assert found["PGDATABASE"] == database.name
