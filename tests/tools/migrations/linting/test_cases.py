"""Our own labelled migrations, judged from the text and by running them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbengineer.evals import migrations_score as scores
from dbengineer.tools.migrations.linting.judge import Judge
from dbengineer.tools.migrations.linting.verdict import Linter, Question, question

CASES = scores.cases(scores.OWN_CASES)
HIDDEN = [case for case in CASES if case.get("only_by_running")]
RUN = (
    "not null after a valid check",
    "foreign key in one step",
    "index built beside, in a transaction",
    "index hidden in a block",
    "longer text",
    "longer text under a check",
    "time zone elsewhere",
    "one batch of an update",
    "batches that commit",
    "batches that do not commit",
    "backfill under the lock of its column",
    "small table locked during work on a big one",
    "new partition beside a full default",
    "domain in use gets stricter",
    "maintenance that locks all",
    "two big tables in one transaction",
)


def asked(case: dict[str, Any]) -> Question:
    return question(json.dumps(case))


def named(case: dict[str, Any]) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", [c for c in CASES if c not in HIDDEN], ids=named)
def test_the_text_tells_safe_from_unsafe(case: dict[str, Any]) -> None:
    verdict = Linter().verdict(asked(case))
    assert verdict.safe == case["safe"], verdict.findings


@pytest.mark.parametrize("case", HIDDEN, ids=named)
def test_what_only_the_rows_show_is_found_by_running(case: dict[str, Any], judge: Judge) -> None:
    assert Linter().verdict(asked(case)).safe
    assert not Linter(judge=judge).verdict(asked(case)).safe


@pytest.mark.parametrize("case", [c for c in CASES if c["id"] in RUN], ids=named)
def test_running_tells_safe_from_unsafe(case: dict[str, Any], judge: Judge) -> None:
    verdict = Linter(judge=judge).verdict(asked(case))
    assert verdict.safe == case["safe"], verdict.findings
    assert not verdict.not_run


def test_the_score_counts_what_was_judged_otherwise() -> None:
    wrong = [{**CASES[0], "safe": not CASES[0]["safe"]}, CASES[1], next(c for c in CASES if not c["safe"])]
    score = scores.score(Linter(), wrong)
    assert (score.missed, score.false_alarms) == ((CASES[0]["id"],), ())
    assert (score.recall, score.specificity) == (0.5, 1.0)
