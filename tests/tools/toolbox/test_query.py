"""A guarded read as a tool: it records the shape of the answer, and values only with leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dbengineer.tools import toolbox
from dbengineer.tools.target import RefusedSql
from dbengineer.tools.workbench import Rows, Workbench

MakeBench = Callable[[Rows], Workbench]
ASKED = {"sql": "SELECT id, email FROM public.users WHERE id < 4 OR email IS NULL ORDER BY id"}


def test_values_stay_on_the_target(make_bench: MakeBench) -> None:
    bench = make_bench("none")
    result = toolbox.call(bench, "query", ASKED)
    evidence = bench.ledger[result.evidence[0]]
    assert evidence.saw == {"columns": ["id", "email"], "rows": 4, "truncated": False}
    assert evidence.ran == ASKED["sql"]
    assert result.summary.startswith("4 rows of id, email; the values stay on the target")
    assert "a1" not in result.summary + evidence.model_dump_json().replace(evidence.id, "")


def test_with_leave_the_values_are_shown_and_recorded(make_bench: MakeBench) -> None:
    bench = make_bench("copy")
    result = toolbox.call(bench, "query", ASKED)
    assert result.summary.splitlines() == ["4 rows of id, email", "1 | a1", "2 | a2", "3 | a3", "1000 | "]
    assert bench.ledger[result.evidence[0]].saw["values"][0] == [1, "a1"]


def test_long_answers_are_shown_in_part(make_bench: MakeBench) -> None:
    bench = make_bench("copy")
    assert toolbox.call(bench, "query", {"sql": "TABLE public.users"}).summary.endswith("… and 81 more")
    cut = toolbox.call(bench, "query", {"sql": "SELECT i, 1.5, now() FROM generate_series(1, 5000) AS i"})
    assert cut.summary.startswith("1000 rows (cut at the limit)")
    assert bench.ledger[cut.evidence[0]].saw["values"][0][1] == "1.5"
    assert toolbox.call(bench, "query", {"sql": "SELECT 1 AS one"}).summary.startswith("1 row of one")


def test_refusals_say_what_to_do(make_bench: MakeBench) -> None:
    bench = make_bench("none")
    with pytest.raises(RefusedSql, match="read with SELECT"):
        toolbox.call(bench, "query", {"sql": "DELETE FROM public.users"})
    with pytest.raises(toolbox.ToolError, match="send one SELECT"):
        toolbox.call(bench, "query", {"sql": "  "})
    assert list(bench.ledger) == []
