"""Some kinds of change drafted for real; all of them: python -m dbengineer.evals.drafting.run."""

from __future__ import annotations

import pytest

from dbengineer.evals.drafting import run
from dbengineer.tools.scratch.server import Server

QUICK = ("numeric with another scale", "index made unique")


def test_there_are_thirty_five_kinds_and_each_differs_from_the_schema_before() -> None:
    kinds = [case["kind"] for case in run.cases()]
    assert len(set(kinds)) == len(kinds) == 35
    assert all(before != after for before, after in map(run.schemas, run.cases()))


@pytest.mark.parametrize("kind", QUICK)
def test_a_draft_reaches_the_schema_and_comes_back(kind: str, server: Server) -> None:
    case = next(c for c in run.cases() if c["kind"] == kind)
    outcome = run.attempt(server, case)
    assert (outcome.reached, outcome.back) == (True, "exact"), outcome.why
    assert outcome.findings == (("blocked",) if kind == "numeric with another scale" else ())
