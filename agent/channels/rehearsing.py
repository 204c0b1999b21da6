"""`migrate rehearse`: migrations tried on a copy before anybody merges them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbengineer.agent.channels.console import failing_clearly, telling

if TYPE_CHECKING:
    from dbengineer.agent.channels.progress import Display
    from dbengineer.tools.migrations.rehearsing.run import Wanted
    from dbengineer.tools.migrations.rehearsing.verdict import Report

Demo = Annotated[str | None, typer.Option("--demo", help="rehearse on an embedded demo: todo or todo_healthy")]
UrlOption = Annotated[str | None, typer.Option("--url", help="the target, as a libpq URL or key=value string")]
TrustRole = Annotated[bool, typer.Option("--trust-role", help="accept a role that could write")]
Json = Annotated[bool, typer.Option("--json", help="answer as JSON")]
Markdown = Annotated[bool, typer.Option("--markdown", help="answer as Markdown, for a comment")]


def rehearse(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|DIR|alembic.ini", help="what is to be merged")],
    url: UrlOption = None,
    demo: Demo = None,
    down: Annotated[Path | None, typer.Option("--down", help="the way back of a single file")] = None,
    python: Annotated[str, typer.Option("--python", help="the interpreter of an Alembic project")] = sys.executable,
    trust_role: TrustRole = False,
    as_json: Json = False,
    as_markdown: Markdown = False,
) -> None:
    """Run migrations up, down and up again on a copy; 0: safe, 1: findings, 2: it cannot be rehearsed."""
    with failing_clearly(), telling() as (_, display):
        from dbengineer.agent.channels.render import rehearsal
        from dbengineer.tools.migrations.rehearsing.run import Wanted

        wanted = Wanted(paths=tuple(paths), down=down, python=python)
        report = _rehearsed(wanted, url, demo, trust_role, display)
        display.end()
        if as_json:
            print(report.model_dump_json(indent=2))
        else:
            print(rehearsal.markdown(report) if as_markdown else rehearsal.plain(report))
        sys.stdout.flush()
    sys.exit(0 if report.safe else 1)


def _rehearsed(wanted: Wanted, url: str | None, demo: str | None, trust_role: bool, display: Display) -> Report:
    from dbengineer.agent import settings as configuration
    from dbengineer.agent.channels import opening
    from dbengineer.agent.state import Options
    from dbengineer.tools.migrations.rehearsing import run, sources
    from dbengineer.tools.scratch.server import Server

    config = configuration.read()
    if not wanted.ini:
        sources.read(wanted.paths, wanted.down)  # what cannot be read is refused before anything is started
    if not (url or demo):
        display.say("starting the scratch server")
        with Server.start(pg_bin=config.pg_bin) as server:
            return run.on_empty(server, wanted, display.say)
    with opening.workbench(url, Options(demo=demo, trust_role=trust_role), config, display.say) as bench:
        return run.on_target(bench, wanted)
