"""`migrate rehearse` and `migrate draft` as their users meet them: what they say, and their exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agent.channels.conftest import Shell

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server


def test_a_folder_is_rehearsed_for_machines_and_for_comments(dbengineer: Shell, tmp_path: Path) -> None:
    (tmp_path / "1_tables.sql").write_text("CREATE TABLE tasks (id int PRIMARY KEY, title text);")
    (tmp_path / "2_more.sql").write_text("CREATE TABLE tags (id int);")
    (tmp_path / "2_more.down.sql").write_text("DROP TABLE tags;")
    (tmp_path / "9_lock.sql").write_text("CREATE INDEX ON tasks (title);")
    safe, found = dbengineer.several(
        ("migrate", "rehearse", tmp_path / "2_more.sql", "--json"), ("migrate", "rehearse", tmp_path, "--markdown")
    )
    assert (safe.status, found.status) == (0, 1)
    assert json.loads(safe.out)["verdicts"][0]["reversibility"] == "exact"
    assert found.out.startswith("### 9_lock.sql: 1 finding")
    assert "- **SHARE on public.tasks blocks writes during the index build for about" in found.out
    assert "2 earlier migrations applied before it" in found.out
    assert dbengineer.left_behind() == []


def test_what_cannot_be_rehearsed_or_drafted_is_refused_before_anything_starts(
    dbengineer: Shell, tmp_path: Path
) -> None:
    (tmp_path / "meta.sql").write_text("\\timing on\nSELECT 1;")
    dbengineer.refuses_each(
        (("migrate", "rehearse", tmp_path / "meta.sql"), r"\timing is a command of psql"),
        (("migrate", "rehearse", tmp_path / "none.sql"), "there is no"),
        (("migrate", "draft", "make tasks.title required"), "a wish in words needs a model"),
        (("migrate", "draft", "--to", tmp_path / "none.sql"), "there is no file"),
        (("migrate", "draft", "--from-findings", tmp_path), "there is no report"),
    )


def test_a_draft_is_written_with_its_verdict_and_never_over_another_one(
    dbengineer: Shell, database: Database, server: Server, tmp_path: Path
) -> None:
    database.script("CREATE TABLE tasks (id int PRIMARY KEY, title text); INSERT INTO tasks VALUES (1, 'a')")
    (tmp_path / "desired.sql").write_text("CREATE TABLE tasks (id int PRIMARY KEY, title text NOT NULL);")
    words = ("migrate", "draft", "--to", tmp_path / "desired.sql", "--url", server.conninfo(database.name))
    options = ("--trust-role", "--out", tmp_path / "draft")
    first, second = dbengineer.several((*words, *options), (*words, *options))
    assert (first.status, second.status) == (0, 2)
    assert "the draft: safe" in first.out
    assert "comes back exactly" in first.out
    assert (tmp_path / "draft/flyway/V2__public_tasks_title_is_required.sql").is_file()
    assert "is there already" in second.err
