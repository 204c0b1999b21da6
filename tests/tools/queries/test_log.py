"""A log of PostgreSQL as a workload: what a real server writes, in each of its forms."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from dbengineer.tools.queries import given, log
from dbengineer.tools.scratch.server import Server

SETTINGS = {
    "logging_collector": "on",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_directory": "log",
    "log_filename": "server.log",
    "log_min_duration_statement": "0",
    "log_line_prefix": "%m [%p] %q%u@%d/%a ",
    "log_file_mode": "0644",
}
MANY = "SELECT 'LOG:  duration: 9 ms',\n    count(*)\nFROM pg_class WHERE relname <> "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs of a server that ran a few statements, each form in a folder of its own."""
    out = tmp_path_factory.mktemp("logs")
    with Server.start(settings=SETTINGS) as server:
        with closing(server.create("asked")) as database:
            for name in ("a", "b", "it''s"):
                database.query(f"{MANY}'{name}'")
            database.connection.execute("SELECT count(*) FROM pg_am WHERE oid > %s", (7,))
            database.script(
                "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET log_min_duration_statement = -1"
            )
            database.query("SELECT oid\nFROM pg_proc\nWHERE proname = 'now'")
            database.script("SET auto_explain.log_format = json")
            database.query("SELECT oid FROM pg_proc WHERE proname = 'then'")
        time.sleep(0.3)
        for kind in ("log", "csv", "json"):
            (out / kind).mkdir()
            (out / kind / f"server.{kind}").write_text((server.data / "log" / f"server.{kind}").read_text())
    return out


@pytest.mark.parametrize("kind", ["log", "csv", "json"])
def test_statements_alike_are_counted_together_with_their_time(kind: str, folder: Path) -> None:
    found = given.read(folder / kind)
    by_text = {" ".join(s.text.split())[:38]: s for s in found.workload.statements}
    many = next(s for text, s in by_text.items() if text.startswith("SELECT 'LOG"))
    assert (many.calls, many.text[: len(MANY)]) == (3, MANY)
    assert many.min_ms <= many.mean_ms <= many.max_ms
    assert many.total_ms == pytest.approx(many.mean_ms * 3)
    assert any("pg_am WHERE oid > $1" in s.text for s in found.workload.statements), "executed with its parameter open"
    explained = next(s for s in found.workload.statements if "pg_proc" in s.text)
    assert (explained.calls, explained.text[:10]) == (2, "SELECT oid")
    assert sum(s.share for s in found.workload.statements) == pytest.approx(1)
    assert any(text.startswith("CREATE DATABASE") for text in found.refused)
    assert all(why.startswith("it is no SELECT") for why in found.refused.values())


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    lines = [
        "2026-01-01 10:00:00 UTC [7] LOG:  duration: 12.5 ms  statement: SELECT FROM FROM a",
        "2026-01-01 10:00:00 UTC [7] LOG:  duration: 12.5 ms",
        "2026-01-01 10:00:00 UTC [7] LOG:  duration: 2.5 ms  bind <unnamed>: SELECT 1 FROM a",
        "2026-01-01 10:00:01 UTC [7] LOG:  duration: 3 ms  something of tomorrow: SELECT 2",
        "2026-01-01 10:00:02 UTC [7] ERROR:  duration: 4 ms  statement: SELECT 3",
        "2026-01-01 10:00:03 UTC [7] LOG:  duration: 5 ms  execute s1: SELECT 4",
        "\tFROM b",
        "2026-01-01 10:00:03 UTC [7] DETAIL:  Parameters: $1 = '7'",
    ]
    file = tmp_path / "server.log"
    file.write_text("\n".join(lines))
    found = given.read(file)
    assert [(s.text, s.calls) for s in found.workload.statements] == [("SELECT 4\nFROM b", 1)]
    assert len(found.refused) == 2
    assert any("cannot be read" in why for why in found.refused.values())


def test_a_log_without_durations_says_what_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "server.log"
    file.write_text("2026-01-01 10:00:00 UTC [7] LOG:  database system is ready to accept connections\n")
    with pytest.raises(given.BadWorkload, match="log_min_duration_statement"):
        given.read(file)


def test_sql_is_no_log() -> None:
    assert not log.is_log("-- LOG:  duration: 3 ms  statement: SELECT 1\nSELECT 1;")
