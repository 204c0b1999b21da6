"""The eval suite: reviews every benchmark database and scores what came out."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from dbengineer.agent import running
from dbengineer.agent.model import Model, Playbook
from dbengineer.agent.state import Report, Request
from dbengineer.evals.demo import Demo
from dbengineer.evals.scorers import Score
from dbengineer.evals.truth import SCHEMAS
from dbengineer.tools import folder
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench


def main() -> int:
    """Prints the scores of each database; exit status 1 when a score is below 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema", nargs="*", default=sorted(p.name for p in SCHEMAS.iterdir() if p.is_dir()))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0, help="how many of the rows to load, 0 to 1")
    args = parser.parse_args()
    scored = {schema: scores(schema, review(schema, scale=args.scale)) for schema in args.schema}
    if args.json:
        print(json.dumps({s: [x.model_dump() for x in found] for s, found in scored.items()}, indent=2))
    else:
        show(scored)
    return int(any(x.value is not None and x.value < 1 for found in scored.values() for x in found))


def review(schema: str, *, scale: float = 1.0, model: Model | None = None) -> Report:
    """One review of a benchmark database, with rows allowed in scratch."""
    home = Path(tempfile.gettempdir()) / "dbengineer-demo"
    said = print if sys.stderr.isatty() else lambda text: None
    with Demo(schema, home=home, scale=scale) as demo, tempfile.TemporaryDirectory() as out:
        bench = Workbench(Target.open(demo.url), Path(out), rows="copy", progress=said)
        try:
            return running.review(bench, Request(), model or Playbook())
        finally:
            bench.close()


def scores(schema: str, report: Report) -> list[Score]:
    """What every scorer says of a review."""
    scorers: dict[str, ModuleType] = folder.modules("dbengineer.evals.scorers")
    return [scorer.score(schema, report) for scorer in scorers.values()]


def show(scored: dict[str, list[Score]]) -> None:
    """The scores as a table, and under it what each rests on."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("Database", "Score", "Answer", box=box.SIMPLE_HEAD)
    for schema, found in scored.items():
        for score in found:
            table.add_row(schema, score.name, score.answer)
    console = Console()
    console.print(table)
    for schema, found in scored.items():
        for score in found:
            for because in score.because:
                console.print(f"{schema} {score.name}: {because}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
