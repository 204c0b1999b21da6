"""A deliverable ticks itself only on what the run has shown."""

from __future__ import annotations

import pytest

from dbengineer.agent import deliverables
from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Call, Made, Request, Review, State
from dbengineer.tools.facts import DELIVERABLES, Artefact, Coverage, Evidence, Finding, Recommendation, Result

ALL = Coverage(what="tables", examined=4, total=4)
HALF = Coverage(what="tables", examined=2, total=4, because="no SELECT on 2 tables")
NONE = Coverage(what="tables", examined=0, total=4, because="permission denied")
CHECKS = Call(tool="run_checks", args={"deliverable": "indexes"})


def state(
    *coverage: Coverage,
    findings: tuple[Finding, ...] = (),
    recommendations: tuple[Recommendation, ...] = (),
    reviews: tuple[Review, ...] = (),
    asked: tuple[str, ...] = DELIVERABLES,
) -> State:
    result = Result(summary="", findings=findings, coverage=coverage)
    return {
        "request": Request.model_validate({"deliverables": asked}),
        "made": [Made(call=CHECKS, result=result)],
        "recommendations": list(recommendations),
        "reviews": list(reviews),
    }


def said(recommendation: Recommendation, verdict: str) -> Review:
    return Review.model_validate(
        {"recommendation": recommendation.id, "gate": "proof", "verdict": verdict, "reason": "tried"}
    )


def judged(given: State) -> tuple[str, str]:
    line = deliverables.lines()["indexes"].judge(given)
    return line.status, line.because


def test_done_when_all_was_seen_and_nothing_found() -> None:
    assert judged(state(ALL))[0] == "done"


def test_ready_when_every_fault_has_a_proven_answer(unindexed: Finding, index: Recommendation) -> None:
    given = state(ALL, findings=(unindexed,), recommendations=(index,), reviews=(said(index, "proven"),))
    assert judged(given) == ("ready", "1 fault found, each with a proven answer")


def test_ready_says_that_a_person_has_to_decide(unindexed: Finding, index: Recommendation) -> None:
    given = state(ALL, findings=(unindexed,), recommendations=(index,), reviews=(said(index, "needs_person"),))
    status, because = judged(given)
    assert status == "ready"
    assert "1 of the answers need a person's decision" in because


@pytest.mark.parametrize("verdict", ["refuted", "unproven"])
def test_open_when_the_answer_is_not_proven(unindexed: Finding, index: Recommendation, verdict: str) -> None:
    given = state(ALL, findings=(unindexed,), recommendations=(index,), reviews=(said(index, verdict),))
    status, because = judged(given)
    assert status == "open"
    assert "Foreign key without an index" in because


def test_open_names_the_faults_without_an_answer(unindexed: Finding) -> None:
    twice = unindexed.model_copy(update={"object": "public.tasks.other_fkey"})
    assert "(2)" in judged(state(ALL, findings=(unindexed, twice)))[1]


def test_a_hint_is_no_fault(unindexed: Finding) -> None:
    hint = unindexed.model_copy(update={"severity": "info"})
    assert judged(state(ALL, findings=(hint,)))[0] == "done"


def test_cannot_tell_when_nothing_could_be_seen() -> None:
    status, because = judged(state(NONE))
    assert status == "cannot_tell"
    assert "examined 0 of 4" in because
    assert "permission denied" in because


def test_what_was_seen_in_part_is_never_done() -> None:
    assert judged(state(ALL, HALF))[0] == "cannot_tell"


def test_an_empty_database_has_no_fault() -> None:
    assert judged(state(Coverage(what="tables", examined=0, total=0)))[0] == "done"


def test_not_asked_is_not_judged() -> None:
    assert judged(state(ALL, asked=("schema",)))[0] == "not_asked"


def test_a_tool_that_failed_leaves_it_open() -> None:
    given = state(ALL)
    given["made"].append(Made(call=Call(tool="advise_indexes"), refused="advise_indexes: disk full"))
    assert judged(given) == ("open", "advise_indexes: disk full")


def test_a_file_that_is_missing_leaves_it_open() -> None:
    given = state(ALL)
    line = _judging.judge(given, "indexes", clean="", needs=("erd.svg",))
    assert (line.status, line.because) == ("open", "erd.svg was not made")


def test_drafted_files_are_ready_and_not_done() -> None:
    given = state(ALL)
    artefact = Artefact(path="indexes/x.md", sha256="0", title="x", deliverable="indexes")
    given["made"].append(Made(call=Call(tool="workload"), result=Result(summary="", artefacts=(artefact,))))
    line = _judging.judge(given, "indexes", clean="", drafted="import it", needs=("indexes/",))
    assert (line.status, line.because, line.artefacts) == ("ready", "import it", (artefact,))


def test_migrations_are_ready_when_each_proven_change_is_drafted(index: Recommendation) -> None:
    given = state(ALL, recommendations=(index,), reviews=(said(index, "proven"),))
    line = deliverables.lines()["migrations"]
    assert line.judge(given).status == "open"
    artefact = Artefact(path="migrations/flyway/V1__x.sql", sha256="0", title="x", deliverable="migrations")
    given["made"].append(Made(call=Call(tool="draft_migrations"), result=Result(summary="", artefacts=(artefact,))))
    assert line.judge(given).status == "ready"


def test_migrations_are_not_done_while_changes_wait_for_a_person(index: Recommendation) -> None:
    given = state(ALL, recommendations=(index,), reviews=(said(index, "needs_person"),))
    line = deliverables.lines()["migrations"]
    assert line.judge(given).status == "open"
    artefact = Artefact(path="migrations/waiting/x.sql", sha256="0", title="x", deliverable="migrations")
    given["made"].append(Made(call=Call(tool="draft_migrations"), result=Result(summary="", artefacts=(artefact,))))
    assert line.judge(given).status == "ready"
    assert line.judge(given).because == "1 change waits in migrations/waiting for a person to decide"


def test_migrations_are_done_when_nothing_is_to_be_changed() -> None:
    assert deliverables.lines()["migrations"].judge(state(ALL)).status == "done"


def test_the_evidence_of_the_checks_stands_behind_the_tick(unindexed: Finding, seen: Evidence) -> None:
    line = deliverables.lines()["indexes"].judge(state(ALL, findings=(unindexed,)))
    assert line.evidence == (seen.id,)


def test_every_line_judges_itself_on_an_empty_run() -> None:
    given: State = {"request": Request(), "made": []}
    for name, line in deliverables.lines().items():
        assert line.judge(given).id == name


def test_all_checks_come_before_the_tools() -> None:
    tools = [call.tool for call in deliverables.steps(DELIVERABLES)]
    assert tools[:8] == ["run_checks"] * 8
    assert len(tools) == len(set(tools[8:])) + 8
