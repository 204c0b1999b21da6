"""What a model keeps quiet about stands under its answer all the same."""

from __future__ import annotations

from dbengineer.agent.nodes.answer import TOLD, sources, unsaid, words
from dbengineer.agent.state import Call, Made, State
from dbengineer.tools.facts import Finding, Result


def finding(**differs: str) -> Finding:
    fields = {
        "check": "foreign_key_without_index",
        "title": "Foreign key without an index",
        "deliverable": "indexes",
        "object": "public.orders.customer_id",
        "detail": "no index leads with it",
        "severity": "high",
    }
    return Finding.model_validate(fields | differs | {"evidence": ()})


def asked(*findings: Finding) -> State:
    made = Made(call=Call(tool="run_checks", args={}), result=Result(summary="looked", findings=findings))
    return {"made": [made]}


def test_a_fault_that_the_answer_leaves_out_is_named_under_it() -> None:
    said = unsaid(asked(finding()), "All indexes are healthy.")
    assert "not named above:\n- high: Foreign key without an index: public.orders.customer_id" in said


def test_a_fault_that_the_answer_names_is_not_said_again() -> None:
    assert unsaid(asked(finding()), "public.orders.customer_id has no index.") == ""


def test_small_faults_are_left_to_the_review() -> None:
    assert unsaid(asked(finding(severity="low")), "Fine.") == ""


def test_many_faults_are_cut_with_the_worst_first() -> None:
    many = [finding(object=f"t{n}", severity="medium") for n in range(TOLD + 2)]
    said = unsaid(asked(*many, finding(severity="critical", object="worst")), "Fine.")
    assert said.index("worst") < said.index("t0")
    assert "- and 3 more" in said


def test_names_in_the_database_lead_nowhere_from_there() -> None:
    assert "](" not in unsaid(asked(finding(object="![x](http://127.0.0.1/x)")), "Fine.")


def test_an_answer_out_of_nothing_says_so() -> None:
    refused: State = {"made": [Made(call=Call(tool="fetch", args={}), refused="there is no tool 'fetch'")]}
    for state in ({}, refused):
        assert "No tool was called for this answer" in unsaid(state, "All is well.")  # type: ignore[arg-type]


def test_an_answer_that_cites_nothing_gets_its_evidence_named() -> None:
    result = Result(summary="looked", evidence=("ev-1", "ev-2", "ev-3", "ev-4"))
    state: State = {"made": [Made(call=Call(tool="size", args={}), result=result)]}
    assert sources(state, "It is large.") == "\n\nLooked up with size [ev-2 ev-3 ev-4 …].\n"
    assert sources(state, "It is large [ev-1].") == ""


def test_an_answer_that_cites_nothing_is_followed_by_the_words_of_the_last_tool() -> None:
    result = Result(summary="12 tables take 3 GB.\ntable public.readings: 2 GB, note 'secret'", evidence=("ev-1",))
    state: State = {"made": [Made(call=Call(tool="size", args={}), result=result)]}
    said = words(state, "I do not know.")
    assert "In the words of size:\n- 12 tables take 3 GB.\n- table public.readings: 2 GB" in said
    assert "secret" not in said
    assert words(state, "Readings [ev-1].") == ""
    assert words(asked(finding()), "Fine.") == ""
