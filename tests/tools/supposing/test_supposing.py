"""Supposing: larger tables plan as tables do that have grown, settings act, and the shadow is as it was before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.tools import toolbox
from dbengineer.tools.facts import Coverage
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.files import files
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.supposing import change, growing
from dbengineer.tools.supposing.answer import Supposed, suppose
from dbengineer.tools.supposing.change import NotSupposable
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

LIBRARY = """
CREATE TABLE readers (id int PRIMARY KEY, town text NOT NULL);
CREATE TABLE loans (id int PRIMARY KEY, reader int NOT NULL REFERENCES readers, shelf int NOT NULL, note text,
    at timestamptz NOT NULL);
INSERT INTO readers SELECT i, 't' || i % 40 FROM generate_series(1, {rows} / 10) i;
INSERT INTO loans SELECT i, 1 + (i::int8 * 7919) % ({rows} / 10), i % 30, repeat('n', 60),
    timestamptz '2026-06-01' - ({rows} - i) * interval '1 minute' FROM generate_series(1, {rows}) i;
CREATE INDEX loans_reader ON loans (reader);
CREATE INDEX loans_at ON loans (at);
"""
ASKED = (
    "SELECT * FROM loans WHERE reader = 17",
    "SELECT * FROM loans WHERE at > '2026-05-31 12:00'",
    "SELECT shelf, count(*) FROM loans GROUP BY shelf",
    "SELECT r.town, count(*) FROM loans l JOIN readers r ON r.id = l.reader WHERE l.shelf = 3 GROUP BY r.town",
    "SELECT count(DISTINCT reader) FROM loans",
    "SELECT nobody FROM loans",
)
ROWS = 10_000
# ANALYZE takes 300 rows per unit of the target: with all of them in its sample, the statistics are the same every time.
EVERY_ROW = 10 * ROWS // 300 + 1


@pytest.fixture(scope="module")
def benches(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Workbench]]:
    """Workbenches on the library as it is, and when it has ten times the readers and loans."""
    found = {}
    for times in (1, 10):
        owner = server.create(f"library{times}")
        owner.script(LIBRARY.format(rows=ROWS * times))
        owner.script(f"SET default_statistics_target = {EVERY_ROW}")
        owner.script("VACUUM (ANALYZE)")
        owner.close()
        target = Target.open(server.conninfo(f"library{times}"), trust_role=True)
        found[times] = Workbench(target, tmp_path_factory.mktemp("out"))
    yield found
    for times, bench in found.items():
        bench.close()
        server.drop(f"library{times}")


def asked() -> Workload:
    """What the library is asked; the last one cannot be planned."""
    statements = tuple(workload.unknown(text) for text in ASKED)
    return Workload(statements=statements, coverage=Coverage(what="statements", examined=6, total=6))


def costs(found: Supposed) -> dict[str, tuple[float, bool]]:
    return {line.text: (line.cost, line.same_plan) for line in found.statements}


def state(shadow: Database) -> list[object]:
    """All that growth touches: lengths and beginnings of files, sizes and statistics in the catalog."""
    held = [
        (key, growing.length(file), hashlib.sha256(file.path.read_bytes()[: 16 * 8192]).hexdigest())
        for key, file in sorted(files(shadow).items())
    ]
    told = shadow.query("SELECT relname, relpages, reltuples, relallvisible FROM pg_class ORDER BY oid")
    known = shadow.query("SELECT md5(string_agg(s::text, '' ORDER BY starelid, staattnum)) AS all FROM pg_statistic s")
    return [held, told, known]


def test_supposed_to_be_larger_it_is_planned_as_what_really_is(benches: dict[int, Workbench]) -> None:
    supposed = suppose(benches[1], asked(), change.change(grow=["all=10"]))
    real = suppose(benches[10], asked(), change.change(grow=["all=1"]))
    assert costs(supposed).keys() == costs(real).keys() == set(ASKED[:-1])
    for text, (cost, _) in costs(supposed).items():
        assert cost == pytest.approx(costs(real)[text][0], rel=0.15), text
    assert [u.reason for u in supposed.unplanned] == ['column "nobody" does not exist']
    assert supposed.same_plan_share == 1.0


def test_all_of_it_is_put_back(benches: dict[int, Workbench]) -> None:
    shadow = benches[1].shadow.database
    before = state(shadow)
    wanted = change.change(
        ["work_mem=4GB"],
        ["public.loans=3000", "public.readers=0.1"],
        ["CREATE INDEX ON loans (shelf)"],
        ["public.loans_at"],
    )
    found = suppose(benches[1], asked(), wanted)
    assert found.changed > 0
    assert state(shadow) == before
    with pytest.raises(NotSupposable, match="refuses"):
        suppose(benches[1], asked(), change.change(grow=["all=7"], indexes=["CREATE INDEX ON loans (nobody)"]))
    assert state(shadow) == before


def test_a_setting_changes_plans_and_both_are_there(benches: dict[int, Workbench]) -> None:
    found = suppose(benches[1], asked(), change.words("enable_indexscan=off enable_bitmapscan=off"))
    line = next(s for s in found.statements if s.text == ASKED[0])
    assert not line.same_plan
    assert line.before is not None
    assert line.after is not None
    assert line.before.indexes() == {"loans_reader"}
    assert line.after.indexes() == set()
    assert "Seq Scan" in line.changes[0]


def test_a_key_that_its_type_cannot_hold_is_named(benches: dict[int, Workbench]) -> None:
    found = suppose(benches[1], asked(), change.words("public.readers=3000000"))
    assert any("public.readers.id is int4 and ends at 2,147,483,647" in note for note in found.notes)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("shared_buffers=1GB", "effective_cache_size"),
        ("jit=off", "changes no cost"),
        ("random_page_costs=1", "did you mean random_page_cost"),
        ("log_statement=all", "no setting of the planner"),
        ("work_mem=much", "work_mem = much: invalid value"),
        ("loans=10", "no setting of the planner"),
        ("nowhere.loans=10", "did you mean public.loans"),
        ("public.loans=-1", "cannot be -1 times as large"),
        ("public.loans=many", "write it as public.orders=10"),
        ("all=100000 public.loans=100000", ""),
        ("", "nothing was said"),
    ],
)
def test_what_cannot_be_supposed_is_refused(words: str, said: str, benches: dict[int, Workbench]) -> None:
    if not said:
        assert suppose(benches[1], asked(), change.words(words)).statements
        return
    with pytest.raises(NotSupposable, match=said):
        suppose(benches[1], asked(), change.words(words))


def test_the_tool_tells_and_draws_without_constants(benches: dict[int, Workbench]) -> None:
    bench = benches[1]
    args = {"change": "all=1000 random_page_cost=1.1", "sql": "SELECT * FROM public.loans WHERE note = 'secret'"}
    told = toolbox.call(bench, "what_if", args)
    assert "public.loans" in told.summary or "1 of 1 statements" in told.summary
    assert "Assumed:" in told.summary
    drawn = [Path(bench.out / a.path).read_text() for a in told.artefacts]
    assert drawn
    assert not any("secret" in text for text in [told.summary, *drawn])
    with pytest.raises(toolbox.ToolError, match="no setting"):
        toolbox.call(bench, "what_if", {"change": "fsync=off", "sql": "SELECT 1"})
