"""Indexes, their removal and other texts are proven or refuted on a shop that was really used."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.proofs import prove
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.rewrites import rewrites
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


def drop(name: str) -> Recommendation:
    """A recommended removal of an index."""
    sql = f"DROP INDEX CONCURRENTLY public.{name}"
    undo = f"CREATE INDEX CONCURRENTLY {name} ON public.orders (ordered_at)"
    return Recommendation(id="drop-1", deliverable="indexes", kind="drop_index", title="t", why="w", sql=sql, undo=undo)


def text(bench: Workbench, words: str, new: str) -> Recommendation:
    """A recommended other text for the statement that has these words."""
    old = next(s.text for s in workload.read(bench.target).statements if words in s.text)
    return Recommendation(id="query-1", deliverable="queries", kind="query", title="t", why="w", sql=new, undo=old)


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


def test_a_double_index_can_go(shop_bench: Workbench) -> None:
    proof = prove(shop_bench, drop("orders_ordered_at_again"))
    assert proof.verdict == "proven", proof.reason


@pytest.mark.parametrize(
    ("name", "because"), [("orders_pkey", "carries a constraint"), ("nothing", "there is no index")]
)
def test_an_index_that_is_needed_or_not_there_cannot(name: str, because: str, shop_bench: Workbench) -> None:
    proof = prove(shop_bench, drop(name))
    assert (proof.verdict, because in proof.reason) == ("refuted", True), proof.reason


RANGE = "SELECT count(*) FROM orders WHERE (ordered_at >= CAST($1 AS date) AND ordered_at < CAST($1 AS date) + 1)"


def test_a_text_with_the_same_rows_is_proven_by_running(shop_bench_with_rows: Workbench) -> None:
    proof = prove(shop_bench_with_rows, text(shop_bench_with_rows, "date(ordered_at)", RANGE))
    assert (proof.verdict, "the same rows" in proof.reason) == ("proven", True), proof.reason


def test_a_text_with_other_rows_is_refuted(shop_bench_with_rows: Workbench) -> None:
    wrong = "SELECT count(*) FROM orders WHERE ordered_at = CAST($1 AS date)"
    proof = prove(shop_bench_with_rows, text(shop_bench_with_rows, "date(ordered_at)", wrong))
    assert (proof.verdict, "other rows" in proof.reason) == ("refuted", True), proof.reason


def test_without_rows_only_a_rule_can_prove_a_text(shop_bench: Workbench) -> None:
    other = "SELECT count(*) FROM orders WHERE ordered_at BETWEEN $1::date AND $1::date + interval '23:59:59.999999'"
    old = next(s.text for s in workload.read(shop_bench.target).statements if "date(ordered_at)" in s.text)
    by_rule = prove(shop_bench, text(shop_bench, "date(ordered_at)", rewrites(old, shop_bench.schema)[0].text))
    by_hand = prove(shop_bench, text(shop_bench, "date(ordered_at)", other))
    assert (by_rule.verdict, by_hand.verdict) == ("proven", "unproven"), (by_rule.reason, by_hand.reason)


def test_a_text_that_is_no_statement_is_refuted(shop_bench: Workbench) -> None:
    assert prove(shop_bench, text(shop_bench, "date(ordered_at)", "SELECT FROM FROM")).verdict == "refuted"
