"""A review of a strange database, or one that is stopped, killed or cut off, loses nothing and leaves nothing."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.waiting import until

from dbengineer.tools.scratch.server import Server

LONG = "n" * 63
STRANGE = f"""
CREATE SCHEMA "Über ""Schema"" ''x''";
CREATE SCHEMA "select";
CREATE TABLE "Über ""Schema"" ''x''"."Tab le""d" ("group" int PRIMARY KEY,
    "日本語" text, "a.b" float, "%s {{x}}" timestamp);
CREATE TABLE "select"."table" ("user" int PRIMARY KEY,
    "order" int REFERENCES "Über ""Schema"" ''x''"."Tab le""d");
CREATE TABLE public.orders (id int PRIMARY KEY, ref int REFERENCES "select"."table");
CREATE TABLE "select".orders (id int PRIMARY KEY, ref int REFERENCES public.orders);
CREATE TABLE public."{LONG}" ("{LONG}" int PRIMARY KEY, "{"д" * 31}" int REFERENCES "select".orders);
CREATE TABLE public."</script><b>" ("--" int, "$$" int REFERENCES public.orders, "[red]x[/red]" money);
CREATE TABLE public."new
line" (id int PRIMARY KEY, x int REFERENCES public.orders);
INSERT INTO public.orders SELECT g FROM generate_series(1, 2000) g;
INSERT INTO "select".orders SELECT g, g FROM generate_series(1, 2000) g;
ANALYZE;
"""


def evidence(out: Path) -> list[dict[str, Any]]:
    """What the newest review has written down, up to a line that it is at."""
    paths = sorted(out.glob("*/evidence.jsonl"))
    text = paths[-1].read_text() if paths else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def proofs(out: Path) -> list[dict[str, Any]]:
    """What was tried in scratch."""
    return [e for e in evidence(out) if e["tool"].startswith("prove") and e["where"] == "scratch"]


def asked(*deliverables: str) -> list[str]:
    return [word for name in deliverables for word in ("--deliverable", name)]


def line(report: dict[str, Any], deliverable: str) -> dict[str, Any]:
    """A line of the checklist."""
    found: dict[str, Any] = next(d for d in report["checklist"]["deliverables"] if d["id"] == deliverable)
    return found


# -- databases


def test_an_empty_database(dbengineer: Any, cluster: Any, tmp_path: Path) -> None:
    url = cluster.make("void", "SELECT 1")
    said = dbengineer("review", url, "--out", tmp_path, *asked("schema"), "--json")
    assert said.status == 0, said
    report = json.loads(said.out)
    assert {f["object"] for f in report["findings"]} == set()
    assert line(report, "schema")["status"] in ("done", "cannot_tell")


def test_what_a_role_may_not_read_is_told(dbengineer: Any, cluster: Any, tmp_path: Path) -> None:
    said = dbengineer("review", cluster.url(user="meek"), "--out", tmp_path, *asked("schema"), "--json")
    schema = line(json.loads(said.out), "schema")
    assert schema["status"] == "cannot_tell"
    assert {"what": "readable tables", "examined": 1, "total": 2} in [
        {key: c[key] for key in ("what", "examined", "total")} for c in schema["coverage"]
    ]
    assert "readable tables: examined 1 of 2 (no SELECT on" in schema["because"]


def test_statements_that_nobody_counts(dbengineer: Any, url: str) -> None:
    said = dbengineer("ask", "slow", "--url", url, DBENGINEER_OUT=str(dbengineer.temporary / "out"))
    assert said.status == 0
    assert "pg_stat_statements" in said.out


def test_names_that_are_strange(dbengineer: Any, cluster: Any, tmp_path: Path) -> None:
    url = cluster.make("strange", STRANGE)
    said = dbengineer("review", url, "--out", tmp_path, *asked("schema", "indexes"), "--json")
    report = json.loads(said.out)
    assert report["refused"] == []
    unindexed = [f["object"] for f in report["findings"] if f["check"] == "foreign_key_without_index"]
    assert len(unindexed) == 6
    assert {"public.orders.ref", '"select".orders.ref'} <= set(unindexed)
    verdicts = {r["recommendation"]: r["verdict"] for r in report["reviews"]}
    indexes = [r["id"] for r in report["recommendations"] if r["sql"].startswith("CREATE INDEX")]
    assert len(indexes) == 6
    assert {verdicts[name] for name in indexes} == {"proven"}
    page = next(tmp_path.glob("*/report.html")).read_text()
    assert "</script><b>" not in page.lower()


# -- runs that end too early


def stopped(dbengineer: Any, url: str, out: Path, number: signal.Signals, look: Callable[[Path], Any]) -> Any:
    """A review to which a signal was sent once a look gave something."""
    with dbengineer.begin("review", url, "--out", out) as process:
        until(lambda: look(out))
        process.send_signal(number)
        return dbengineer.end(process)


def test_ctrl_c_stops_clearly_and_leaves_nothing_behind(dbengineer: Any, url: str, tmp_path: Path) -> None:
    said = stopped(dbengineer, url, tmp_path, signal.SIGINT, lambda out: len(evidence(out)) > 20)
    assert (said.status, said.out) == (130, "")
    assert said.err == (
        "dbengineer: stopped; nothing was written to the database\n"
        f"What was seen and proven so far is kept; go on with: dbengineer review URL --resume --out {tmp_path}\n"
    )
    assert dbengineer.left_behind() == []
    told = dbengineer.refuses("report", next(tmp_path.iterdir()))
    assert "its run has not ended; go on with it by: dbengineer review URL --resume" in told
    other = url.replace("/shop", "/postgres")
    assert "begun with database shop, not postgres" in dbengineer.refuses(
        "review", other, "--resume", "--out", tmp_path
    )


def test_a_kill_that_asks_stops_as_clearly(dbengineer: Any, url: str, tmp_path: Path) -> None:
    said = stopped(dbengineer, url, tmp_path, signal.SIGTERM, evidence)
    assert (said.status, dbengineer.left_behind()) == (143, [])
    assert "go on with: dbengineer review URL --resume" in said.err


def test_a_killed_review_goes_on_and_repeats_nothing(dbengineer: Any, url: str, tmp_path: Path) -> None:
    with dbengineer.begin("review", url, "--out", tmp_path, *asked("monitoring")) as process:
        until(lambda: len(proofs(tmp_path)) >= 2)
        process.send_signal(signal.SIGSTOP)
        before = proofs(tmp_path)
        told = dbengineer.refuses("review", url, "--resume", "--out", tmp_path)
        assert "no unfinished run" in told  # the one that stands still belongs to its process
        process.kill()
    until(lambda: dbengineer.left_behind() == [])
    path = next(tmp_path.glob("*/evidence.jsonl"))
    path.write_text(path.read_text() + '{"id": "ev-half a li')
    said = dbengineer("review", url, "--resume", "--out", tmp_path, "--json")
    assert said.status == 0, said
    assert len(list(tmp_path.iterdir())) == 1
    checks = Counter(e["tool"] for e in evidence(tmp_path) if e["tool"].startswith("check "))
    assert set(checks.values()) == {1}
    proven = {cited for proof in json.loads(said.out)["proofs"] for cited in proof["evidence"]}
    assert {e["id"] for e in before[:-1]} <= proven  # the last one may not have been remembered yet
    tried = Counter(e["ran"] for e in proofs(tmp_path))
    assert [ran for ran, times in tried.items() if times > 1 and ran != before[-1]["ran"]] == []


def test_the_database_is_restarted_meanwhile(dbengineer: Any, tmp_path: Path) -> None:
    with Server.start() as server:
        shop = server.create("shop")
        shop.script("CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (user_id int REFERENCES users)")
        shop.close()
        words = ("review", server.conninfo("shop"), "--trust-role", "--out", tmp_path, *asked("schema"), "--json")
        with dbengineer.begin(*words) as process:
            until(lambda: len(evidence(tmp_path)) >= 2)
            process.send_signal(signal.SIGSTOP)
            before = len(evidence(tmp_path))
            server.restart()
            process.send_signal(signal.SIGCONT)
            said = dbengineer.end(process)
    report = json.loads(said.out)
    assert (said.status, report["refused"]) == (0, [])
    assert "public.orders" in [f["object"] for f in report["findings"] if f["check"] == "table_without_primary_key"]
    assert len(evidence(tmp_path)) > before
    unread = [c for d in report["checklist"]["deliverables"] for c in d["coverage"] if c["total"] and not c["hints"]]
    assert [c for c in unread if c["examined"] < c["total"]] == []
