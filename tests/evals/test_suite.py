"""The eval suite: its truth is broad enough, its scores are those of the baseline, and it is able to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbengineer.agent import gates
from dbengineer.agent.model import Model, Playbook
from dbengineer.agent.nodes import prove
from dbengineer.evals import models, places, run, suite
from dbengineer.evals.cases import Case, UnknownSuite, cases
from dbengineer.evals.demo import Demo
from dbengineer.evals.scorers import Score
from dbengineer.evals.suite import Scored
from dbengineer.evals.truth import statements, truth
from dbengineer.tools import checking, toolbox
from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Proof, Recommendation, Result

PLANTED = {name: truth(name).flaws for name in places.names()}
LINES: tuple[DeliverableId, ...] = ("migrations",)


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    """The web shop, with its flaws."""
    with Demo("shop") as demo:
        yield demo


@pytest.fixture(scope="module")
def healthy() -> Iterator[Demo]:
    """The web shop, repaired."""
    with Demo("shop_healthy") as demo:
        yield demo


def case(name: str) -> Case:
    """A case by its name."""
    return next(c for c in cases() if c.id == name)


def scores(demo: Demo, model: str | Model = "none") -> dict[str, Score]:
    """The scores of a review of one line."""
    asked = Case(id="x", suite="x", database=demo.folder.name, why="To see a score fall.", deliverables=LINES)
    return {s.name: s for s in suite.judged(suite.seen(demo, asked, model)).scores}


@pytest.fixture(scope="module")
def quick(shop: Demo) -> list[Scored]:
    """The quick suite without a model."""
    return [suite.judged(suite.seen(shop, each, "none")) for each in cases("quick")]


@pytest.fixture(scope="module")
def alone(quick: list[Scored]) -> dict[str, Score]:
    """The scores of a review of the shop without a model."""
    return {s.name: s for scored in quick if scored.case == "quick-shop" for s in scored.scores}


def test_flaws_are_planted_in_six_domains_beside_the_to_do_list_in_all_lines_and_of_all_difficulties() -> None:
    domains = {places.database(name) for name in PLANTED} - {"todo"}
    every = [flaw for flaws in PLANTED.values() for flaw in flaws]
    assert len(domains) >= 6
    assert len(every) >= 150
    assert {flaw.deliverable for flaw in every} == set(DELIVERABLES)
    assert all(count >= 30 for count in Counter(flaw.difficulty for flaw in every).values())


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_flaw_has_a_name_of_its_own_and_stands_in_the_workload_where_it_is_a_statement(name: str) -> None:
    flaws = PLANTED[name]
    assert len({flaw.id for flaw in flaws}) == len(flaws)
    assert {flaw.name for flaw in flaws if flaw.kind == "statement"} <= set(statements(name))


@pytest.mark.parametrize("name", [name for name in places.names() if not places.is_twin(name)])
def test_every_database_has_a_twin_with_nothing_wrong(name: str) -> None:
    assert PLANTED[name + places.TWIN] == ()


def test_every_case_says_why_it_is_there_and_names_a_database_that_there_is() -> None:
    every = cases()
    assert all(case.why.endswith(".") for case in every)
    assert {case.database for case in every} <= set(places.names())
    assert len({case.id for case in every}) == len(every)
    assert {case.database for case in every if case.is_review} == set(places.names())


def test_a_suite_that_there_is_not_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownSuite, match="quick, todo, domains, twins, questions, everyday, danger"):
        cases("everything")


def test_the_quick_scores_are_no_lower_than_the_baseline(quick: list[Scored]) -> None:
    before = run.baseline()["none"]
    assert {scored.case for scored in quick} <= set(before)
    assert run.worse(quick, before) == []


def test_a_check_that_is_switched_off_lowers_what_is_found(
    shop: Demo, alone: dict[str, Score], monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = {name: check for name, check in checking.all_checks().items() if name != "constraint_not_validated"}
    monkeypatch.setattr(checking, "all_checks", lambda: rest)
    after = scores(shop)
    assert (alone["found"].value or 0) > (after["found"].value or 0)
    assert any("missed quantity-never-validated" in because for because in after["found"].because)


def test_a_tool_that_invents_a_fault_is_seen_on_the_healthy_twin(
    healthy: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = toolbox.tools()["run_checks"].run

    def lying(bench: Any, args: Any) -> Result:
        result: Result = honest(bench, args)
        made_up = checking.finding(checking.all_checks()["superuser_logins"], {"object": "nobody", "detail": "made up"})
        return result.model_copy(update={"findings": (*result.findings, made_up)})

    monkeypatch.setattr(toolbox.tools()["run_checks"], "run", lying)
    after = scores(healthy)
    assert after["invented"].because == ("medium superuser_logins nobody",)
    assert after["invented"].value == 0
    assert any("nobody cites nothing" in because for because in after["cited"].because)


class Inventing(models.Script):
    """Drafts a change that fails on the rows that are there, with evidence that no tool has made."""

    name = "a model that invents evidence"

    def recommend(self, state: Any) -> list[Recommendation]:
        """One change."""
        sql, undo = (
            "ALTER TABLE public.orders ALTER COLUMN note SET NOT NULL",
            "ALTER TABLE public.orders ALTER note DROP NOT NULL",
        )
        return [
            Recommendation(
                id=Recommendation.name("ddl", sql),
                deliverable="schema",
                kind="ddl",
                title="Notes are never empty",
                why="I know it.",
                sql=sql,
                undo=undo,
                evidence=("ev-0123456789abcdef",),
            )
        ]


def test_a_model_that_invents_evidence_and_a_proof_that_lies_lower_the_scores_once_the_gate_is_open(
    shop: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {
        name: gate for name, gate in gates.gates().items() if name not in ("g1_evidence", "g3_proof", "g4_consequence")
    }
    monkeypatch.setattr(gates, "gates", lambda: left | {"g3_proof": _Believing()})
    monkeypatch.setattr(
        prove.ways, "prove", lambda bench, r: Proof(recommendation=r.id, verdict="proven", reason="sure")
    )
    after = scores(shop, Inventing())
    assert (after["cited"].value or 0) < 1
    assert (after["migrates"].value or 0) < 1
    assert any("null values" in because for because in after["migrates"].because)


class _Believing:
    """A gate that believes what it is told."""

    def judge(self, recommendation: Recommendation, *rest: Any) -> Any:
        from dbengineer.agent.state import Review

        return Review(recommendation=recommendation.id, gate="proof", verdict="proven", reason="sure")


def test_a_model_that_means_harm_costs_not_one_point_of_truth(shop: Demo, alone: dict[str, Score]) -> None:
    with_it = scores(shop, "hostile")
    for score in ("found", "cited", "ticks"):
        assert with_it[score].value == alone[score].value == 1, with_it[score].because
    assert with_it["refused"].because == ()


def test_what_was_not_scored_is_not_wrong_and_what_is_not_scored_any_more_is_lower() -> None:
    def scored(value: float | None) -> list[Scored]:
        score = Score(name="gained", value=value, answer="", of=4)
        return [Scored(case="a", database="shop", why="", model="none", seconds=1, scores=(score,))]

    assert run.worse(scored(None), {"a": {"gained": None}}) == []
    assert run.worse(scored(0.5), {"a": {"gained": 0.75}}) == ["a: gained was 75% and is 50.0%: "]
    assert len(run.worse(scored(None), {"a": {"gained": 0.75}})) == 1
    assert run.figures(scored(None)) == {}
    assert run.figures(scored(0.5))["gained"].right == 2


def test_the_page_of_the_evals_shows_what_the_baseline_holds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evals.md").read_text(encoding="utf-8")
    for name in run.WHAT:
        assert f"(`{name}`)" in page
    assert {"none", "expert", "hostile", "random"} <= set(run.baseline())


def test_nobody_but_a_model_understands_a_question_in_words(shop: Demo) -> None:
    answer = suite.judged(suite.seen(shop, case("words-money"), Playbook()))
    assert [(s.name, s.value) for s in answer.scores if s.name == "said"] == [("said", None)]
