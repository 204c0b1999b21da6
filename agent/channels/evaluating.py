"""`dbengineer eval`: the product against databases of which everything that is wrong is known."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dbengineer.agent.channels.console import failing_clearly, tabulate, telling

if TYPE_CHECKING:
    from dbengineer.evals.suite import Scored

LOWER = 1
"""The exit status when a score is lower than it was when the baseline was recorded."""


def evaluate(
    suite: Annotated[str, typer.Option("--suite", help="todo, domains, twins, questions, danger, or quick")] = "",
    model: Annotated[
        str, typer.Option("--model", help="none, expert, hostile, random, or the name of a model at your server")
    ] = "none",
    scale: Annotated[float, typer.Option("--scale", help="how many of the to-do databases' rows to load")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON")] = False,
) -> None:
    """Score the product on benchmark databases and execute what it recommends (exit status 1: worse than before)."""
    with failing_clearly(), telling() as (_, display):
        from dbengineer.evals import cases, run
        from dbengineer.evals import suite as suites
        from dbengineer.tools.toolbox import ToolError

        try:
            chosen = cases.cases(suite)
        except cases.UnknownSuite as error:
            raise ToolError(str(error)) from None
        scored = suites.run(chosen, model, scale=scale, say=display.say)
        display.end()
        lower = run.worse(scored, run.baseline().get(model, {})) if scale == 1 else []
        if as_json:
            print(json.dumps({"cases": [s.model_dump() for s in scored], "lower": lower}, indent=2))
        else:
            _show(scored, lower)
    sys.exit(LOWER if lower else 0)


def _show(scored: Sequence[Scored], lower: list[str]) -> None:
    """Every score with its reasons, the figures over all cases, and what is lower than before."""
    from dbengineer.evals import run

    for case in scored:
        print(f"{case.case} ({case.seconds:.0f} s): {case.why}")
        for score in case.scores:
            print(f"  {score.name}: {score.answer}", *(f"    {because}" for because in score.because), sep="\n")
    found = run.figures(scored).values()
    rows = [(f.name, f"{f.right:,.0f} of {f.of:,}", run.WHAT.get(f.name, "")) for f in found]
    tabulate(("score", "figure", "of"), rows, False)
    print(*(f"LOWER: {line}" for line in lower), sep="\n")
