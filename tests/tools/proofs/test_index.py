"""Indexes are proven or refuted on a shop that was really used, and by what the runs with them took."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.indexes.execution import Run, Trial
from dbengineer.tools.plans import read
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.proofs import index as way
from dbengineer.tools.proofs import prove
from dbengineer.tools.proofs.index import Cost
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.running import Timing
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.workbench import Workbench

VALUES = ("customer7@", "'c7'", '"c7"', '\\"c7', "Customer")


def key(bench: Workbench, words: str) -> str:
    """The name of the statement of the workload that has these words."""
    return next(s.key for s in workload.read(bench.target).statements if words in s.text)


def index(sql: str, *solves: str, undo: str = "DROP INDEX CONCURRENTLY public.by_customer") -> Recommendation:
    """A recommended index."""
    return Recommendation(
        id="index-1", deliverable="indexes", kind="index", title="t", why="w", sql=sql, undo=undo, solves=solves
    )


def saw(bench: Workbench, ids: Iterable[str]) -> str:
    """All that the evidence of these ids holds."""
    return json.dumps([bench.ledger[evidence].model_dump(mode="json") for evidence in ids])


GOOD = "CREATE INDEX CONCURRENTLY by_customer ON public.orders (customer_id, ordered_at)"


def test_a_good_index_is_proven_by_cost_without_rows(shop_bench: Workbench) -> None:
    proof = prove(shop_bench, index(GOOD, key(shop_bench, "customer_id = $1")))
    assert (proof.verdict, "rows may not be copied" in proof.reason) == ("proven", True)


def test_a_good_index_is_proven_by_running(shop_bench_with_rows: Workbench) -> None:
    bench = shop_bench_with_rows
    proof = prove(bench, index(GOOD, key(bench, "customer_id = $1")))
    assert proof.verdict == "proven", proof.reason
    tools = [bench.ledger[e].saw.get("copy", bench.ledger[e].tool) for e in proof.evidence]
    assert tools == ["shadow", "restored", "prove index"]


def test_an_index_whose_way_back_leaves_it_there_is_refuted(shop_bench: Workbench) -> None:
    proof = prove(shop_bench, index(GOOD, key(shop_bench, "customer_id = $1"), undo="SELECT 1"))
    assert (proof.verdict, "way back does not restore" in proof.reason) == ("refuted", True), proof.reason


@pytest.mark.parametrize(
    ("sql", "because"),
    [
        ("CREATE INDEX ON public.orders (status)", "costs the planner a tenth less"),
        ("CREATE INDEX ON public.orders (nothing)", "does not exist"),
        ("CREATE INDEX ON public.nothing (id)", "there is no table nothing"),
        ("CREATE INDEX ON public.orders (date(ordered_at))", "IMMUTABLE"),
        ("SELECT 1", "creates no index"),
    ],
)
def test_a_bad_index_is_refuted(sql: str, because: str, shop_bench: Workbench) -> None:
    proof = prove(shop_bench, index(sql, key(shop_bench, "customer_id = $1")))
    assert (proof.verdict, because in proof.reason) == ("refuted", True), proof.reason
    assert all(e in shop_bench.ledger for e in proof.evidence)


def test_an_expression_and_contents_are_proven_by_running(shop_bench_with_rows: Workbench) -> None:
    bench = shop_bench_with_rows
    made = "CREATE INDEX by_mail ON customers (lower(email)); ANALYZE customers"
    email = index(made, key(bench, "lower(email)"), undo="DROP INDEX public.by_mail")
    made = "CREATE INDEX by_content ON orders USING gin (basket jsonb_path_ops)"
    basket = index(made, key(bench, "basket @>"), undo="DROP INDEX public.by_content")
    assert [prove(bench, r).verdict for r in (email, basket)] == ["proven", "proven"]


def test_no_value_of_a_row_is_in_the_evidence(shop_bench_with_rows: Workbench) -> None:
    bench = shop_bench_with_rows
    proofs = [
        prove(bench, index("CREATE INDEX ON customers (lower(email))", key(bench, "lower(email)"))),
        prove(bench, index("CREATE INDEX ON orders USING gin (basket)", key(bench, "basket @>"))),
    ]
    shown = saw(bench, [e for proof in proofs for e in proof.evidence])
    assert "plan" in shown
    assert [value for value in VALUES if value in shown] == []


def test_the_copies_are_as_before_a_proof(shop_bench_with_rows: Workbench) -> None:
    bench = shop_bench_with_rows
    counted = "SELECT count(*) AS n, bool_and(indisvalid) AS valid FROM pg_index"
    before = [copy.database.query(counted) for copy in (bench.shadow, bench.restored)]
    prove(bench, index(GOOD, key(bench, "customer_id = $1")))
    assert [copy.database.query(counted) for copy in (bench.shadow, bench.restored)] == before


BY_WEIGHT = "CREATE INDEX CONCURRENTLY by_weight ON public.crates (weight)"
NO_WEIGHT = "DROP INDEX CONCURRENTLY public.by_weight"


def test_statements_that_the_copy_cannot_plan_are_left_out(market: Workbench) -> None:
    proof = prove(market, index(BY_WEIGHT, key(market, "weight = $1"), undo=NO_WEIGHT))
    assert proof.verdict == "proven", proof.reason
    assert "1 statements cost the planner less" in proof.reason
    seen = market.ledger[proof.evidence[0]].saw
    assert seen["planned"] == len(workload.read(market.target).statements) - 2
    assert list(seen["before"]) == [key(market, "weight = $1")]


def test_what_there_are_no_values_for_is_proven_by_cost_and_says_so(market_with_rows: Workbench) -> None:
    proof = prove(market_with_rows, index(BY_WEIGHT, key(market_with_rows, "weight = $1"), undo=NO_WEIGHT))
    assert proof.verdict == "proven", proof.reason
    assert "1 statements cost the planner less" in proof.reason
    assert "it could not be run: $2 is compared with nothing that values could be drawn from" in proof.reason


def test_rows_that_an_index_does_not_allow_refute_it_without_their_values(market_with_rows: Workbench) -> None:
    unique = "CREATE UNIQUE INDEX CONCURRENTLY by_day ON public.crates (picked_on)"
    proof = prove(market_with_rows, index(unique, key(market_with_rows, "picked_on = $1")))
    assert proof.verdict == "refuted"
    assert proof.reason == 'with the rows that are there: could not create unique index "by_day"'


def called(text: str, calls: int) -> Statement:
    """A statement that was called so often."""
    return workload.unknown(text).model_copy(update={"calls": calls})


def plan(cost: float) -> Plan:
    """A plan that costs so much."""
    return read.plan({"Plan": {"Node Type": "Seq Scan", "Relation Name": "orders", "Total Cost": cost}})


def ran(statement: Statement, before: float, after: float) -> Run:
    """A statement that took so many milliseconds without the index, and with it."""
    timings = [Timing(ms=ms, blocks=1, runs=3, plan=plan(ms)) for ms in (before, after)]
    return Run(fingerprint=statement.fingerprint, before=timings[0], after=timings[1])


HELPED, HARMED = called("SELECT id FROM orders WHERE status = $1", 10), "SELECT id FROM orders ORDER BY ordered_at"


@pytest.mark.parametrize(
    ("calls", "verdict", "words"),
    [(1, "proven", "the best 100 → 10; 1 cost more"), (100, "refuted", "but 1 others lose more than that")],
)
def test_what_the_planner_loses_elsewhere_is_weighed_by_how_often_it_is_asked(
    calls: int, verdict: str, words: str
) -> None:
    harmed = called(HARMED, calls)
    costs = [
        Cost(statement=HELPED, before=plan(100), after=plan(10)),
        Cost(statement=harmed, before=plan(100), after=plan(110)),
    ]
    proof = way._by_cost(index(GOOD, HELPED.key), costs, [HELPED], ["ev-1"])
    assert (proof.verdict, words in proof.reason) == (verdict, True), proof.reason


def trial(*solved: Run, others: tuple[Run, ...] = ()) -> Trial:
    """What a trial of an index has shown."""
    return Trial(build_ms=1, bytes=8192, solved=solved, others=others, failed={})


def test_an_index_that_saves_less_than_a_fifth_of_the_time_is_refuted() -> None:
    slight = trial(ran(HELPED, 100, 95), ran(HELPED, 50, 41))
    proof = way._judged(index(GOOD, HELPED.key), slight, [HELPED], ["ev-1"])
    assert proof.verdict == "refuted"
    assert proof.reason == f"run with the rows that are there it is not a fifth faster: {HELPED.key} 50 → 41 ms"


@pytest.mark.parametrize(
    ("calls", "verdict", "words"),
    [(1, "proven", "1 of 1 runs are faster: {helped} 40 → 2 ms; 1 slower: {harmed} 10 → 15 ms"),
     (1000, "refuted", "; but 1 others lose more: {harmed} 10 → 15 ms")],
)  # fmt: skip
def test_the_time_that_others_lose_is_weighed_by_how_often_they_are_asked(calls: int, verdict: str, words: str) -> None:
    harmed = called(HARMED, calls)
    shown = trial(ran(HELPED, 40, 2), others=(ran(harmed, 10, 15),))
    proof = way._judged(index(GOOD, HELPED.key), shown, [HELPED, harmed], ["ev-1"])
    assert proof.verdict == verdict
    assert words.format(helped=HELPED.key, harmed=harmed.key) in proof.reason
