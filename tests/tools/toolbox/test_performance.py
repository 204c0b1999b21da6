"""The tools for statements, indexes and plans, on a shop that was really used."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dbengineer.tools import toolbox
from dbengineer.tools.proofs import prove
from dbengineer.tools.queries import workload
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench


def test_the_workload_is_told_with_its_coverage(shop_bench: Workbench) -> None:
    result = toolbox.call(shop_bench, "workload", {})
    assert "statements seen since" in result.summary
    assert [c.what for c in result.coverage] == ["statements"]
    assert result.evidence[0] in shop_bench.ledger


def test_indexes_are_recommended_that_can_be_proven(shop_bench: Workbench) -> None:
    result = toolbox.call(shop_bench, "advise_indexes", {})
    tables = {r.title.split(" ")[1] for r in result.recommendations}
    assert "public.orders" in tables, result.summary
    for recommendation in result.recommendations:
        assert recommendation.kind == "index"
        assert recommendation.solves
        assert prove(shop_bench, recommendation).verdict == "proven", recommendation.sql


def test_the_same_advice_has_the_same_names(shop_bench: Workbench) -> None:
    first, second = (toolbox.call(shop_bench, "advise_indexes", {}).recommendations for _ in range(2))
    assert [(r.id, r.sql) for r in first] == [(r.id, r.sql) for r in second]


def test_each_slow_statement_has_an_answer_or_a_reason(shop_bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "SLOW_MS", 0.0)
    result = toolbox.call(shop_bench, "tune_queries", {})
    slow = {f.object: f.detail for f in result.findings if f.check == "slow_statement"}
    answered = {key for r in result.recommendations for key in r.solves}
    silent = [detail for key, detail in slow.items() if key not in answered and " — " not in detail]
    assert len(slow) == len(workload.read(shop_bench.target).statements)
    assert silent == []
    assert {r.kind for r in result.recommendations} == {"index", "query"}


def test_a_plan_comes_with_its_picture(shop_bench: Workbench) -> None:
    result = toolbox.call(shop_bench, "explain", {"sql": "SELECT * FROM orders WHERE status = 'secret'"})
    picture = (shop_bench.out / result.artefacts[0].path).read_text()
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "reads the whole table" in result.summary
    assert "secret" not in picture + shop_bench.ledger[result.evidence[0]].model_dump_json()


def test_without_leave_to_copy_rows_nothing_is_run(shop_bench: Workbench) -> None:
    with pytest.raises(ToolError, match="rows may not be copied"):
        toolbox.call(shop_bench, "explain", {"sql": "SELECT * FROM orders", "analyze": True})


def test_with_leave_a_statement_is_run_on_the_copy(shop_bench_with_rows: Workbench) -> None:
    ran = {"sql": "SELECT * FROM orders WHERE customer_id = $1", "analyze": True}
    result = toolbox.call(shop_bench_with_rows, "explain", ran)
    evidence = shop_bench_with_rows.ledger[result.evidence[0]]
    assert (evidence.where, "It took" in result.summary) == ("scratch", True)


@pytest.mark.parametrize("before", ["EXPLAIN ", "explain (costs off) "])
def test_explain_before_the_select_is_read_as_what_is_wished(before: str, shop_bench: Workbench) -> None:
    alone = toolbox.call(shop_bench, "explain", {"sql": "SELECT * FROM orders"})
    assert toolbox.call(shop_bench, "explain", {"sql": f"{before}SELECT * FROM orders"}).summary == alone.summary


def test_explain_analyze_is_run_only_where_rows_are(shop_bench: Workbench) -> None:
    with pytest.raises(ToolError, match="rows may not be copied"):
        toolbox.call(shop_bench, "explain", {"sql": "EXPLAIN ANALYZE SELECT * FROM orders"})


@pytest.mark.parametrize("text", ["DELETE FROM orders", "EXPLAIN DELETE FROM orders", "SELECT 1; SELECT 2"])
def test_only_one_select_is_explained(text: str, shop_bench: Workbench) -> None:
    with pytest.raises(ToolError, match="only one SELECT"):
        toolbox.call(shop_bench, "explain", {"sql": text})
