"""`migrate draft`: migrations from the schema that is wanted, from a report, or from a wish; rehearsed before shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbengineer.agent.channels.console import failing_clearly, telling

if TYPE_CHECKING:
    from dbengineer.agent.settings import Settings
    from dbengineer.tools.migrations.drafting.run import Outcome
    from dbengineer.tools.workbench import Workbench

Make = Callable[["Workbench"], "Outcome"]
Wish = Annotated[str | None, typer.Argument(help="what to change, in words; needs a model", show_default=False)]
Demo = Annotated[str | None, typer.Option("--demo", help="draft for an embedded demo: todo or todo_healthy")]
UrlOption = Annotated[str | None, typer.Option("--url", help="the target, as a libpq URL or key=value string")]
TrustRole = Annotated[bool, typer.Option("--trust-role", help="accept a role that could write")]
To = Annotated[Path | None, typer.Option("--to", help="an SQL file that makes the wanted schema, whole")]
Report = Annotated[Path | None, typer.Option("--from-findings", help="the folder of a report: its accepted changes")]
Out = Annotated[Path, typer.Option("--out", help="the folder to write to")]
Into = Annotated[Path | None, typer.Option("--into", help="your alembic.ini or folder of Flyway scripts to add to")]
HOW = "give one of: a wish in words, --to desired.sql, --from-findings REPORT"


def draft(
    wish: Wish = None,
    to: To = None,
    from_findings: Report = None,
    url: UrlOption = None,
    demo: Demo = None,
    out: Out = Path("draft"),
    into: Into = None,
    python: Annotated[str, typer.Option("--python", help="the interpreter of an Alembic project")] = sys.executable,
    trust_role: TrustRole = False,
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="answer as Markdown")] = False,
) -> None:
    """Draft migrations for Alembic and Flyway and rehearse them; 0: safe, 1: findings, 2: it cannot be drafted."""
    if sum(given is not None for given in (wish, to, from_findings)) != 1:
        raise typer.BadParameter(HOW)
    with failing_clearly(), telling() as (_, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.channels.render import rehearsal
        from dbengineer.agent.state import Options

        config = configuration.read()
        make = _wanted(to) if to else _reported(from_findings) if from_findings else _wished(wish or "", config)
        with opening.workbench(url, Options(demo=demo, trust_role=trust_role), config, display.say) as bench:
            outcome = make(bench)
            written = _write(bench, outcome, out, into, python)
        display.end()
        if as_json:
            print(outcome.model_copy(update={"readme": ""}).model_dump_json(indent=2))
        else:
            print(rehearsal.markdown(outcome.report) if as_markdown else rehearsal.plain(outcome.report))
            print(f"{len(outcome.units)} migrations written: {', '.join(map(str, written))}")
        sys.stdout.flush()
    sys.exit(0 if outcome.safe else 1)


def _wanted(path: Path) -> Make:
    from dbengineer.tools.migrations.drafting import run
    from dbengineer.tools.migrations.rehearsing import sources
    from dbengineer.tools.migrations.rehearsing.scripts import BadMigration, blocks

    if not path.is_file():
        raise BadMigration(f"there is no file {path}; --to names an SQL file that makes the whole schema")
    text = sources.text(path)
    blocks(text, path.name, wrapped=False)  # what cannot be read is refused before anything is started
    return lambda bench: run.to_desired(bench, text, path.name)


def _reported(folder: Path) -> Make:
    """The changes that were proven, or that a person has approved for the schema as it is now."""
    from dbengineer.agent import approvals
    from dbengineer.agent.channels import opening
    from dbengineer.agent.nodes import deliver
    from dbengineer.agent.state import State
    from dbengineer.tools.migrations.drafting import run
    from dbengineer.tools.schema.fingerprint import fingerprint

    shown = opening.report(folder)
    state = State(
        recommendations=list(shown.recommendations), reviews=list(shown.reviews), decisions=list(shown.decisions)
    )

    def make(bench: Workbench) -> Outcome:
        approved = approvals.standing(folder, shown, fingerprint(bench.target))
        names = {r.id for r in deliver.accepted(state)}
        names |= {s.approval.recommendation for s in approved if s.state == "stands"}
        return run.of_accepted(bench, [r for r in shown.recommendations if r.id in names])

    return make


def _wished(wish: str, config: Settings) -> Make:
    from dbengineer.agent import wishing
    from dbengineer.tools.migrations.drafting import run

    model = wishing.model(config)
    return lambda bench: run.to_changed(bench, wishing.change(model, bench, wish), "the model's change")


def _write(bench: Workbench, outcome: Outcome, out: Path, into: Path | None, python: str) -> list[Path]:
    """Writes the draft into a folder of its own, or into the user's project; gives back where."""
    from dbengineer.tools.migrations.drafting import placing

    if into is None:
        placing.write(out, placing.folder(outcome.units, outcome.readme))
        return [out]
    if into.suffix == ".ini":
        files = placing.into_alembic(outcome.units, into, bench.rehearsal.database, python)
    else:
        files = placing.into_flyway(outcome.units, into)
    placing.place(Path(), files)
    return list(files)
