"""The ways to prove a recommendation in scratch: a file each, named after the kind it proves."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

from dbengineer.tools import folder
from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.workbench import Workbench


class Way(Protocol):
    """What a file of this folder offers."""

    def prove(self, bench: Workbench, recommendation: Recommendation) -> Proof:
        """Tries the recommendation in scratch and says what came out."""


@cache
def ways() -> dict[str, Way]:
    """The ways by the kind of recommendation that they prove."""
    return {name: cast(Way, module) for name, module in folder.modules(__name__).items()}


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """Proves a recommendation in the way of its kind; a kind without a way stays unproven.

    Whatever makes or drops an index is rehearsed as well, and what answers a statement has to make it fast as well.
    """
    way = ways().get(recommendation.kind)
    if way is None:
        return Proof(recommendation=recommendation.id, verdict="unproven", reason="nothing here can try it")
    proof = way.prove(bench, recommendation)
    if proof.verdict == "refuted":
        return proof
    from dbengineer.tools.proofs import ddl  # here, because the ways are modules of this package

    if recommendation.kind in ("index", "drop_index"):
        return both(proof, ddl.rehearsed(bench, recommendation))
    if recommendation.kind == "ddl" and any(s.startswith("statement:") for s in recommendation.solves):
        return both(proof, ways()["index"].prove(bench, recommendation))
    return proof


def both(one: Proof, other: Proof) -> Proof:
    """What two proofs of one recommendation amount to: the worse verdict, all reasons, all evidence."""
    worst = min((one, other), key=lambda proof: ("refuted", "unproven", "proven").index(proof.verdict))
    reason = f"{one.reason}; {other.reason}"
    return worst.model_copy(update={"reason": reason, "evidence": (*one.evidence, *other.evidence)})
