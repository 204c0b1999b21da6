"""Whether a question was answered: what has to be in the answer is in it, and it was looked up."""

from __future__ import annotations

from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen


def score(seen: Seen) -> Score | None:
    """The share of what the answer has to name; nothing where no tool was called for it."""
    case = seen.case
    if case.is_review or case.danger:
        return None
    if case.words and not seen.answer:
        return Score(name="said", value=None, answer="it takes a model to understand this", of=0)
    lacking = tuple(f"does not name {word}" for word in case.expects if word.lower() not in seen.answer.lower())
    if not any(made.result for made in seen.made):
        return Score(name="said", value=0.0, answer="nothing was looked up", because=lacking)
    return share("said", len(case.expects) - len(lacking), len(case.expects), lacking)
