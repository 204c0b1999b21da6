"""Prove: try one recommendation in scratch; the route comes back here until all were tried."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.state import State
from dbengineer.tools import proofs
from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.target import TargetError
from dbengineer.tools.workbench import Workbench


def untried(state: State) -> list[Recommendation]:
    """The recommendations without a proof."""
    tried = {p.recommendation for p in state.get("proofs", [])}
    return [r for r in state.get("recommendations", []) if r.id not in tried]


def prove(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Tries the next recommendation."""
    bench, waiting = runtime.context.bench, untried(state)
    if not waiting:
        return {"proofs": state.get("proofs", [])}
    bench.progress(f"proving: {waiting[0].title}")
    return {"proofs": [*state.get("proofs", []), _proof(bench, waiting[0])]}


def _proof(bench: Workbench, recommendation: Recommendation) -> Proof:
    try:
        return proofs.prove(bench, recommendation)
    except (TargetError, ScratchError, PermissionError) as error:
        return Proof(recommendation=recommendation.id, verdict="unproven", reason=f"it could not be tried: {error}")
