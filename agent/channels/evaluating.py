"""`dbengineer eval`: the product against databases of which everything that is wrong is known."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbengineer.agent.channels.console import failing_clearly, tabulate, telling

if TYPE_CHECKING:
    from dbengineer.evals.figure import Figure
    from dbengineer.evals.suite import Scored

LOWER = 1
"""The exit status when a score is lower than it was when the baseline was recorded, or a figure is missed."""
MEASURED = ("indexes", "server")
"""The suites that have figures with targets, and no cases."""


def evaluate(
    suite: Annotated[
        str,
        typer.Option("--suite", help="todo, domains, twins, questions, everyday, danger, quick, indexes, or server"),
    ] = "",
    model: Annotated[
        str, typer.Option("--model", help="none, expert, hostile, random, or the name of a model at your server")
    ] = "none",
    scale: Annotated[float, typer.Option("--scale", help="how many of the to-do databases' rows to load")] = 1.0,
    part: Annotated[
        list[str] | None, typer.Option("--part", help="only this part of the suite indexes or server (repeatable)")
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="where the suite indexes keeps its data; a temporary folder otherwise")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON")] = False,
) -> None:
    """Score the product on benchmark databases and execute what it recommends (exit status 1: worse than before)."""
    if suite in MEASURED:
        sys.exit(_measure(suite, home, scale, part or [], as_json))
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


def _measure(suite: str, home: Path | None, scale: float, parts: list[str], as_json: bool) -> int:
    """What the index advisor or the server has to reach and do; the exit status says whether they do."""
    with failing_clearly(), telling() as (_, display):
        from dbengineer.evals.indexes import suite as indexes
        from dbengineer.evals.server import suite as server
        from dbengineer.tools.toolbox import ToolError

        known = list(indexes.PARTS if suite == "indexes" else server.PARTS)
        if unknown := [part for part in parts if part not in known]:
            raise ToolError(f"there is no part {unknown[0]!r}; use some of {', '.join(known)}")
        folder = home or Path(tempfile.gettempdir()) / "dbengineer-bench"
        measured = (
            indexes.run(folder, display.say, scale, parts) if suite == "indexes" else server.run(display.say, parts)
        )
        found = list(measured)
        display.end()
        _tell(found, as_json)
    return LOWER if any(figure.met is False for figure in found) else 0


def _tell(found: Sequence[Figure], as_json: bool) -> None:
    """Every figure beside its target, and what stands in the way of those that are missed."""
    if as_json:
        print(json.dumps([figure.model_dump() for figure in found], indent=2))
        return
    words = {True: "yes", False: "NO", None: "–"}
    tabulate(("figure", "target", "measured", "reached"), [(*f.shown, words[f.met]) for f in found], False)
    print(*(f"{f.name}: {because}" for f in found if f.met is False for because in f.because), sep="\n")


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
