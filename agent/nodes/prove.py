"""Prove: try one recommendation in scratch; the route comes back here until all were tried."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.faults import refusal
from dbengineer.agent.state import State, findings
from dbengineer.tools import proofs as ways
from dbengineer.tools import recommending
from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.migrations import statements
from dbengineer.tools.workbench import Workbench


def untried(state: State) -> list[Recommendation]:
    """The recommendations without a proof."""
    tried = {p.recommendation for p in state.get("proofs", [])}
    return [r for r in state.get("recommendations", []) if r.id not in tried]


def prove(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Tries the next recommendation and, as long as that takes, others beside it that run no statement."""
    bench, waiting = runtime.context.bench, untried(state)
    timed = [r for r in waiting if is_timed(r)]
    others = [r for r in waiting if not is_timed(r) and not _reaches_further(r)]
    both = timed and others
    made = _side_by_side(bench, timed[0], others) if both else [_proof(bench, r) for r in waiting[:1]]
    proofs = [*state.get("proofs", []), *made]
    return {"proofs": proofs, "recommendations": [*state.get("recommendations", []), *_put_back(state, proofs)]}


def _put_back(state: State, proofs: list[Proof]) -> list[Recommendation]:
    """The own fixes of findings that were left to a change which served them as well, and which is now refuted."""
    refuted = {p.recommendation for p in proofs if p.verdict == "refuted"}
    every = state.get("recommendations", [])
    answered = {s for r in every if r.id not in refuted for s in r.solves}
    known = {r.id for r in every}
    lost = [r for r in recommending.from_findings(findings(state)) if r.id not in known]
    return [r for r in lost if refuted and not answered.issuperset(r.solves)]


def is_timed(recommendation: Recommendation) -> bool:
    """Whether its proof plans or runs statements, which is done one at a time."""
    answers = any(solved.startswith("statement:") for solved in recommendation.solves)
    return answers or recommendation.kind in ("index", "drop_index", "query", "plan")


def _reaches_further(recommendation: Recommendation) -> bool:
    """Whether its trial changes roles, which all copies of the scratch server share."""
    return any(statements.kind(s) in statements.CLUSTER_WIDE for s in statements.split(recommendation.sql))


def _side_by_side(bench: Workbench, timed: Recommendation, others: list[Recommendation]) -> list[Proof]:
    # Both sides use these: they are made before there are two.
    _ = (bench.schema, bench.clones, bench.rehearsal, bench.rows == "copy" and bench.restored)
    ended = threading.Event()

    def beside() -> list[Proof]:
        return [_proof(bench, r) for r in itertools.takewhile(lambda _: not ended.is_set(), others)]

    with ThreadPoolExecutor(1) as pool:
        proofs = pool.submit(beside)
        try:
            proof = _proof(bench, timed)
        finally:
            ended.set()
        return [proof, *proofs.result()]


def _proof(bench: Workbench, recommendation: Recommendation) -> Proof:
    bench.progress(f"proving: {recommendation.title}")
    try:
        return ways.prove(bench, recommendation)
    except Exception as error:
        reason = f"it could not be tried: {refusal(error)}"
        return Proof(recommendation=recommendation.id, verdict="unproven", reason=reason)
