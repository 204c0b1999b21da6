"""How well migrations are judged: recall and specificity on a file of labelled cases.

`python -m dbengineer.evals.migrations_score CASES [--rehearse]`; a case is a line of JSON as `migrate lint --jsonl`
reads it, with "safe" as the label.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.linting.judge import Judge
from dbengineer.tools.migrations.linting.verdict import Linter, Verdict, question

OWN_CASES = Path(__file__).with_name("migrations_cases.jsonl")


class Score(Fact):
    """How many unsafe migrations were found, how many safe ones left alone, and the ids of the others."""

    unsafe: int
    safe: int
    missed: tuple[str, ...]
    false_alarms: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The share of unsafe migrations that were found."""
        return 1 - len(self.missed) / self.unsafe

    @property
    def specificity(self) -> float:
        """The share of safe migrations of which nothing was said."""
        return 1 - len(self.false_alarms) / self.safe


def cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file; where one says "tx", "file" means that the whole file is one transaction."""
    found = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return [{"transactional": case.get("tx") == "file", **case} for case in found]


def judged(linter: Linter, every: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Verdict]]:
    """Each case with its verdict."""
    for case in every:
        yield case, linter.verdict(question(json.dumps(case)))


def score(linter: Linter, every: list[dict[str, Any]]) -> Score:
    """The score over labelled cases, which have to be of both kinds."""
    verdicts = list(judged(linter, every))
    return Score(
        unsafe=sum(not case["safe"] for case in every),
        safe=sum(case["safe"] for case in every),
        missed=tuple(case["id"] for case, verdict in verdicts if verdict.safe and not case["safe"]),
        false_alarms=tuple(case["id"] for case, verdict in verdicts if case["safe"] and not verdict.safe),
    )


def main(arguments: list[str]) -> None:
    """Prints the score and what was judged otherwise."""
    paths = [Path(a) for a in arguments if not a.startswith("--")] or [OWN_CASES]
    with Judge() if "--rehearse" in arguments else nullcontext() as judge:
        result = score(Linter(judge=judge), [case for path in paths for case in cases(path)])
    print(f"recall {result.recall:.3f} of {result.unsafe}, specificity {result.specificity:.3f} of {result.safe}")
    print(*(f"missed {name}" for name in result.missed), sep="\n")
    print(*(f"false alarm {name}" for name in result.false_alarms), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
