"""The removal of an index is proven where nothing needs it, and refuted where a statement or a key does."""

from __future__ import annotations

import pytest

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.proofs import prove
from dbengineer.tools.workbench import Workbench


def drop(name: str, on: str = "orders (ordered_at)") -> Recommendation:
    """A recommended removal of an index."""
    sql, undo = f"DROP INDEX CONCURRENTLY public.{name}", f"CREATE INDEX CONCURRENTLY {name} ON public.{on}"
    return Recommendation(id="drop-1", deliverable="indexes", kind="drop_index", title="t", why="w", sql=sql, undo=undo)


def test_a_double_index_can_go(shop_bench: Workbench) -> None:
    proof = prove(shop_bench, drop("orders_ordered_at_again"))
    assert proof.verdict == "proven", proof.reason
    assert "statements of the workload costs the planner more without it; made, taken back" in proof.reason


@pytest.mark.parametrize(
    ("name", "because"), [("orders_pkey", "carries a constraint"), ("nothing", "there is no index")]
)
def test_an_index_that_is_needed_or_not_there_cannot(name: str, because: str, shop_bench: Workbench) -> None:
    proof = prove(shop_bench, drop(name))
    assert (proof.verdict, because in proof.reason) == ("refuted", True), proof.reason


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("crates_grower_id", "is the only index that supports the foreign key crates_grower_id_fkey"),
        ("crates_label", "keeps label unique"),
    ],
)
def test_an_index_that_keeps_rows_right_cannot_go(name: str, because: str, market: Workbench) -> None:
    proof = prove(market, drop(name))
    assert (proof.verdict, proof.reason) == ("refuted", f"{name} {because}")


def test_an_index_that_a_statement_is_found_by_cannot_go(market: Workbench) -> None:
    proof = prove(market, drop("crates_picked_on", "crates (picked_on)"))
    assert (proof.verdict, "1 statements cost more without it, statement:" in proof.reason) == ("refuted", True)
    seen = market.ledger[proof.evidence[0]].saw
    (harmed,) = seen["regressions"]
    assert seen["after"][harmed] > 2 * seen["before"][harmed]
    assert harmed in proof.reason


def test_statements_that_could_not_be_planned_are_told(market: Workbench) -> None:
    proof = prove(market, drop("crates_weightless", "crates (weight) WHERE weight < 0"))
    assert proof.verdict == "proven", proof.reason
    assert "costs the planner more without it, 2 could not be planned" in proof.reason
    assert market.ledger[proof.evidence[0]].saw["not_planned"] == 2


def test_where_no_statement_can_be_seen_nothing_is_proven(market_seen_by_a_visitor: Workbench) -> None:
    proof = prove(market_seen_by_a_visitor, drop("crates_picked_on", "crates (picked_on)"))
    assert proof.verdict == "unproven", proof.reason
    assert "there is no statement to try it with: the text of" in proof.reason
    assert "GRANT pg_read_all_stats shows it" in proof.reason
