"""The run stops for a person, and takes a decision only for what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from dbengineer.agent import memory
from dbengineer.agent.context import Context
from dbengineer.agent.nodes.approve import approve, waiting
from dbengineer.agent.state import Decision, Review, State
from dbengineer.tools.facts import Recommendation

Step = CompiledStateGraph[State, Context, State, State]


def decision(recommendation: Recommendation, said: str = "approve", **fields: object) -> Decision:
    """What a person said of a recommendation."""
    bound = {"recommendation": recommendation.id, "sha256": recommendation.sha256}
    return Decision.model_validate({"decision": said, "by": "ada", "at": datetime.now(UTC), **bound, **fields})


def reviewed(recommendation: Recommendation, verdict: str) -> Review:
    """What a gate said of a recommendation."""
    said = {"recommendation": recommendation.id, "gate": "way back", "verdict": verdict, "reason": "no undo is given"}
    return Review.model_validate(said)


@pytest.fixture
def doubtful(index: Recommendation) -> State:
    """A state in which a person has to say something about the index, and nothing about a second one."""
    other = index.model_copy(update={"id": "ddl-2"})
    reviews = [reviewed(index, "needs_person"), reviewed(other, "proven")]
    return {"recommendations": [index, other], "reviews": reviews}


@contextmanager
def stopping(tmp_path: Path) -> Iterator[Step]:
    """The step of approval alone, with the memory that a stop needs."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("approve", approve)
    graph.add_edge(START, "approve")
    with memory.opened(tmp_path) as saver:
        yield graph.compile(checkpointer=saver)


def decided(step: Step, context: Context, state: State, *decisions: Decision) -> tuple[list[Any], list[Decision]]:
    """What a person was asked, and which of the decisions then counted."""
    config: Any = {"configurable": {"thread_id": "review-1"}}
    asked = step.invoke(state, config, context=context)["__interrupt__"][0].value["approve"]
    given = [d.model_dump(mode="json") for d in decisions]
    return asked, step.invoke(Command(resume=given), config, context=context)["decisions"]


def test_only_what_needs_a_person_and_has_no_decision_waits(doubtful: State, index: Recommendation) -> None:
    assert waiting(doubtful) == [index]
    assert waiting({**doubtful, "decisions": [decision(index, "later")]}) == []


def test_nobody_is_asked_where_nothing_waits(
    doubtful: State, index: Recommendation, context: Context, tmp_path: Path
) -> None:
    rejected = decision(index, "reject")
    with stopping(tmp_path) as step:
        config: Any = {"configurable": {"thread_id": "review-1"}}
        ended = step.invoke({**doubtful, "decisions": [rejected]}, config, context=context)
    assert "__interrupt__" not in ended
    assert ended["decisions"] == [rejected]


def test_a_person_is_shown_the_change_and_decides(
    doubtful: State, index: Recommendation, context: Context, tmp_path: Path
) -> None:
    with stopping(tmp_path) as step:
        asked, decisions = decided(step, context, doubtful, decision(index))
    assert [(a["id"], a["sql"], a["undo"]) for a in asked] == [(index.id, index.sql, index.undo)]
    assert [(d.recommendation, d.decision, d.by) for d in decisions] == [(index.id, "approve", "ada")]


def test_a_decision_about_another_text_or_about_what_was_not_shown_does_not_count(
    doubtful: State, index: Recommendation, context: Context, tmp_path: Path
) -> None:
    edited = decision(index.model_copy(update={"sql": "DROP TABLE public.tasks"}))
    unasked = decision(doubtful["recommendations"][1])
    with stopping(tmp_path) as step:
        _, decisions = decided(step, context, doubtful, edited, unasked)
    assert decisions == []
