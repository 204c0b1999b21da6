"""The log of every statement as its keeper meets it, the check of a role, and a whole review behind a pooler."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

READ = "SELECT count(*) FROM public.orders"


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_read_on_the_command_line_is_in_the_log_of_the_reports(dbengineer: Any, url: str, tmp_path: Path) -> None:
    given = {"DBENGINEER_AUDIT": "", "DBENGINEER_OUT": str(tmp_path)}
    assert dbengineer("sql", url, READ, **given).status == 0
    assert dbengineer("sql", url, "DELETE FROM orders WHERE id = 4711", **given).status == 2
    read, refused = (line for line in lines(tmp_path / "audit.jsonl") if line["by"] != "product")
    assert (read["who"], read["channel"], read["by"]) == (getpass.getuser(), "cli", "person")
    assert (read["verdict"], read["rows"]) == ("allowed", 1)
    assert read["database"].startswith("reader@127.0.0.1:")
    assert (refused["verdict"], refused["sql"]) == ("refused", "DELETE FROM orders WHERE id = ?")


def test_the_log_is_verified_and_a_change_is_found(dbengineer: Any, url: str, tmp_path: Path) -> None:
    log = tmp_path / "kept.jsonl"
    dbengineer("sql", url, READ, DBENGINEER_AUDIT=str(log))
    whole = dbengineer("audit", "verify", log, "--json")
    head = json.loads(whole.out)["head"]
    assert (whole.status, json.loads(whole.out)["lines"]) == (0, len(lines(log)))
    told = dbengineer("audit", "verify", DBENGINEER_AUDIT=str(log)).out
    assert f"head {head}" in told
    assert "cannot be seen" in told
    assert "0 lines after it" in dbengineer("audit", "verify", log, "--head", head).out
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))
    shorter = dbengineer("audit", "verify", log, "--head", head)
    assert (shorter.status, "removed from the end" in shorter.out) == (1, True)
    log.write_text(log.read_text().replace('"rows":1', '"rows":2', 1))
    changed = dbengineer("audit", "verify", log)
    assert changed.status == 1
    assert "was changed" in changed.out


def test_a_log_that_is_not_there_is_refused(dbengineer: Any, tmp_path: Path) -> None:
    assert "none.jsonl: No such file" in dbengineer.refuses("audit", "verify", tmp_path / "none.jsonl")


def test_a_role_that_could_write_is_told_with_what_takes_it_back(dbengineer: Any, cluster: Any) -> None:
    url = cluster.make("ledger", "CREATE TABLE entries (id int); GRANT INSERT ON entries TO PUBLIC")
    said = dbengineer("role", "--check", url)
    assert said.status == 1
    assert "a reader that can write" in " ".join(said.out.split())
    assert 'REVOKE INSERT ON TABLE "public"."entries" FROM PUBLIC;' in said.out
    found = json.loads(dbengineer("role", "--check", url, "--json").out)
    assert (found["ok"], found["found"][0]["problem"]) == (False, True)


def test_a_role_that_only_reads_is_fine(dbengineer: Any, url: str) -> None:
    said = dbengineer("role", "--check", url)
    assert (said.status, said.out) == (0, "The role can read and change nothing.\n")


def test_a_whole_review_behind_a_pooler(
    dbengineer: Any, cluster: Any, pool: Callable[[str], int], tmp_path: Path
) -> None:
    there = {"host": "127.0.0.1", "dbname": "shop", "user": "reader"}
    direct = make_conninfo("", **there, port=cluster.server.port, password=cluster.url().split(":")[2].split("@")[0])
    port = pool(direct)
    lines = [word for name in ("schema", "indexes", "migrations") for word in ("--deliverable", name)]
    reports = []
    for address in (make_conninfo("", **there, port=port), direct):
        out = tmp_path / str(len(reports))
        said = dbengineer("review", address, "--out", out, *lines, "--json")
        assert said.status == 0, said
        reports.append(json.loads(said.out))
    pooled, plain = (
        {r["title"]: [v["verdict"] for v in report["reviews"] if v["recommendation"] == r["id"]]
         for r in report["recommendations"]}
        for report in reports
    )  # fmt: skip
    assert pooled == plain
    assert any("proven" in verdicts for verdicts in pooled.values())
    with psycopg.connect(make_conninfo("", **there, port=port), prepare_threshold=None) as other:
        assert other.execute("SHOW search_path").fetchall() == [('"$user", public',)]
        assert other.execute("SHOW transaction_read_only").fetchall() == [("off",)]
