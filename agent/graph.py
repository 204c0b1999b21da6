"""The route: intake → investigate ⇄ tools → recommend → prove → review → approve → deliver."""

from __future__ import annotations

from functools import cache
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from dbengineer.agent.context import Context
from dbengineer.agent.nodes.answer import answer
from dbengineer.agent.nodes.approve import approve
from dbengineer.agent.nodes.call_tools import call_tools, spent
from dbengineer.agent.nodes.deliver import deliver
from dbengineer.agent.nodes.intake import intake
from dbengineer.agent.nodes.investigate import investigate
from dbengineer.agent.nodes.prove import prove, untried
from dbengineer.agent.nodes.recommend import recommend
from dbengineer.agent.nodes.review import review
from dbengineer.agent.state import State, verdict

Route = CompiledStateGraph[State, Context, State, State]
STEPS = 5000
"""More steps than any run takes; a run that takes more is going in circles."""


def after_investigating(state: State) -> str:
    """On to the tools while there are calls and a budget; then a question is answered and a review goes on."""
    if state["turn"].calls and not spent(state):
        return "tools"
    return "answer" if state["request"].text else "recommend"


def after_proving(state: State) -> str:
    """Again while something was not tried."""
    return "prove" if untried(state) else "review"


def after_reviewing(state: State) -> str:
    """Back once to a model that was refuted, which then sees the reasons."""
    refuted = any(verdict(state, name) == "refuted" for name in state.get("proposed", []))
    return "recommend" if refuted and state["retries"] < 2 else "approve"


@cache
def asking() -> Route:
    """The route without a memory, for questions; compiled once, because that takes longer than many an answer."""
    return build()


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Route:
    """The compiled route; with a checkpointer a killed run can be continued."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("intake", intake)
    graph.add_node("investigate", investigate)
    graph.add_node("tools", call_tools)
    graph.add_node("answer", answer)
    graph.add_node("recommend", recommend)
    graph.add_node("prove", prove)
    graph.add_node("review", review)
    graph.add_node("approve", approve)
    graph.add_node("deliver", deliver)

    graph.add_edge(START, "intake")
    graph.add_edge("intake", "investigate")
    graph.add_conditional_edges("investigate", after_investigating, ["tools", "answer", "recommend"])
    graph.add_edge("tools", "investigate")
    graph.add_edge("recommend", "prove")
    graph.add_conditional_edges("prove", after_proving, ["prove", "review"])
    graph.add_conditional_edges("review", after_reviewing, ["recommend", "approve"])
    graph.add_edge("approve", "deliver")
    graph.add_edge("answer", END)
    graph.add_edge("deliver", END)
    return graph.compile(checkpointer=checkpointer)
