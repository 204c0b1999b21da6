"""`dbengineer migrate lint`, as people, CI and machines meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from dbengineer.agent.channels.cli import main; main()", "migrate", "lint"]


def lint(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], input=given, capture_output=True, text=True, timeout=60)


def test_a_bad_line_gets_an_error_and_the_others_their_verdict() -> None:
    lines = [
        '{"id": 1, "sql": "CREATE INDEX i ON t (a)"}',
        "no",
        '{"id": 2}',
        '{"id": 3, "sql": "SELECT 1", "setup": null}',
    ]
    done = lint("--jsonl", given="\n".join(lines))
    first, second, third, last = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2
    assert first.keys() == {"id", "safe", "findings"}
    assert first["findings"][0].keys() == {"rule", "statement", "why", "safe_form"}
    assert "CREATE INDEX CONCURRENTLY i ON t" in first["findings"][0]["safe_form"]
    assert "line 2" in second["error"]
    assert (second["safe"], third["id"], third["safe"]) == (False, 2, False)
    assert last == {"id": 3, "safe": True, "findings": []}
    assert "line 2" in done.stderr


def test_five_hundred_files_at_once(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"{number}.sql").write_text(f"ALTER TABLE t ADD COLUMN c{number} int;\n")
    done = lint(*(str(path) for path in tmp_path.iterdir()))
    assert (done.returncode, done.stdout.strip()) == (0, "500 files: 500 safe, 0 findings")


def test_the_exit_status_and_the_texts_for_people(tmp_path: Path) -> None:
    bad, psql, good = (tmp_path / name for name in ("bad.sql", "psql.sql", "good.sql"))
    bad.write_text("-- why\nALTER TABLE t ADD COLUMN c int NOT NULL;\n")
    psql.write_text("SELECT 1;\n\\i other.sql\n")
    good.write_text("ALTER TABLE t ADD COLUMN c int;")
    done = lint(str(bad), str(good))
    assert done.returncode == 1
    assert f"{bad}:2  add-column-not-null-no-default" in done.stdout
    markdown = lint(str(bad), "--markdown").stdout
    assert f"| `{bad}:2` | add-column-not-null-no-default |" in markdown
    refused = lint(str(psql), str(tmp_path / "none.sql"), "--json")
    assert refused.returncode == 2
    first, second = json.loads(refused.stdout)
    assert r"line 2: \i is a command of psql" in first["error"]
    assert "No such file" in second["error"]


def test_a_flyway_script_is_one_transaction_unless_it_says_otherwise(tmp_path: Path) -> None:
    script = tmp_path / "V1__index.sql"
    script.write_text("SELECT 1; CREATE INDEX CONCURRENTLY i ON t (a);")
    assert "concurrently-in-tx" in lint(str(script)).stdout
    assert lint(str(script), "--autocommit").returncode == 0
    (tmp_path / "V1__index.sql.conf").write_text("executeInTransaction=false\n")
    assert lint(str(script)).returncode == 0


def test_files_and_lines_are_not_asked_for_at_once(tmp_path: Path) -> None:
    assert lint().returncode == 2
    assert lint("--jsonl", str(tmp_path)).returncode == 2


def test_it_decides_by_running_on_the_given_schema(tmp_path: Path) -> None:
    schema, change = tmp_path / "schema.sql", tmp_path / "change.sql"
    schema.write_text("CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 12000);")
    change.write_text("DELETE FROM t WHERE a > 100;")
    assert lint(str(change), "--setup", str(schema)).returncode == 0
    done = lint(str(change), "--setup", str(schema), "--rehearse")
    assert done.returncode == 1
    assert "11,900 of 12,000 rows of t" in done.stdout
