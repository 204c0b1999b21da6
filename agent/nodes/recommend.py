"""Recommend: what the tools, the findings and the model propose, each change once."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed
from dbengineer.agent.state import State, findings
from dbengineer.tools import recommending
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.indexes import merging
from dbengineer.tools.migrations import drafted


def recommend(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Puts the recommendations together; those of the model come last and replace nothing."""
    of_tools = [r for made in state.get("made", []) if made.result for r in made.result.recommendations]
    of_findings = recommending.from_findings(findings(state))
    of_model, notes = _of_model(state, runtime.context)
    every = recommending.merged([*of_tools, *of_findings, *of_model])
    return {
        "recommendations": merging.merged(every, runtime.context.bench.schema),
        "proposed": [r.id for r in of_model],
        "notes": notes,
    }


def _of_model(state: State, context: Context) -> tuple[list[Recommendation], list[str]]:
    try:
        proposed = context.model.recommend(state)
    except ModelFailed as error:
        return [], [context.give_up_on_the_model(str(error))]
    refused = {r.id: why for r in proposed if (why := drafted.refusal(r.sql, r.undo))}
    notes = [f"a change that the model proposed was refused, and run nowhere: {why}" for why in refused.values()]
    return [r for r in proposed if r.id not in refused], notes
