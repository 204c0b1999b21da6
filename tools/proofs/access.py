"""A change of roles and privileges: made on a copy, where the check falls silent, taken back and made again."""

from __future__ import annotations

from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.proofs import _change, ddl
from dbengineer.tools.workbench import Workbench


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """As a change of the schema is proven, but no row can be in its way."""
    trial = _change.on_a_clone(bench, bench.rehearsal.database, recommendation)
    if trial.fault:
        return ddl.faulty(bench, recommendation, trial, trial.fault)
    return _change.verdict(recommendation, [trial])
