"""The command line."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer.exceptions import TyperException

from dbengineer.agent.channels import auditing, evaluating, guarding, indexing, migrating, supposing
from dbengineer.agent.channels.console import failing_clearly, misused, tabulate, telling

if TYPE_CHECKING:
    from dbengineer.tools.target import Target

app = typer.Typer(
    name="dbengineer",
    help="Reviews a PostgreSQL database like a senior engineer and proves every recommendation by running it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # importing rich for the help takes longer than all the rest of it
)
app.add_typer(auditing.app, name="audit")
app.add_typer(guarding.app, name="guard")
app.add_typer(migrating.app, name="migrate")
app.command("sql")(guarding.sql)
app.command("eval")(evaluating.evaluate)
indexing.register(app)
supposing.register(app)

URL_HELP = "libpq URL or key=value string; the environment's DBENGINEER_URL otherwise"
Url = Annotated[str | None, typer.Argument(help=URL_HELP, show_default=False)]
UrlOption = Annotated[str | None, typer.Option("--url", help=URL_HELP, show_default=False)]
Demo = Annotated[str | None, typer.Option("--demo", help="look at an embedded demo: todo or todo_healthy")]
TrustRole = Annotated[bool, typer.Option("--trust-role", help="accept a role that could write; the report says so")]
Rows = Annotated[
    Literal["none", "copy"],
    typer.Option("--rows", help="none, or copy: rows may be copied into scratch to prove by running"),
]
Json = Annotated[bool, typer.Option("--json", help="answer as JSON")]


def _deliverables(given: list[str] | None) -> list[str] | None:
    """Refuses the name of a deliverable that there is not."""
    from dbengineer.tools.facts import DELIVERABLES

    for name in given or ():
        if name not in DELIVERABLES:
            raise typer.BadParameter(f"there is no deliverable {name!r}; use one of {', '.join(DELIVERABLES)}")
    return given


Deliverables = Annotated[
    list[str] | None,
    typer.Option("--deliverable", help="only this one (repeatable)", callback=_deliverables),
]


@app.command()
def review(
    url: Url = None,
    demo: Demo = None,
    rows: Rows = "none",
    deliverable: Deliverables = None,
    trust_role: TrustRole = False,
    out: Annotated[Path | None, typer.Option("--out", help="folder for reports; report/ otherwise")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with the newest run that did not end")] = False,
    as_json: Json = False,
) -> None:
    """Review a database: the checklist of eight deliverables, each tick proven."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import running
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening, render
        from dbengineer.agent.channels.render import terminal
        from dbengineer.agent.state import Options, Request
        from dbengineer.tools.facts import DELIVERABLES

        config = configuration.read()
        reports = out or config.out
        config = config.model_copy(update={"out": reports})
        old = running.unfinished(reports) if resume else None
        asked = {"deliverables": deliverable or DELIVERABLES}
        options = Options(demo=demo, rows=rows, trust_role=trust_role)
        now = running.Begun(request=Request.model_validate(asked), options=options)
        begun = running.begun(old) if old else now
        model = running.model(config)

        def folder(target: Target) -> Path:
            if old is None:
                return running.folder(reports, target.database, datetime.now())
            running.same(begun, now.of(target.database))
            running.mend(old)
            return old

        with opening.workbench(url, begun.options, config, display.say, folder) as bench:
            running.note(bench.out, begun.of(bench.target.database))
            with running.kept(_again(url, out)):
                report = running.review(
                    bench,
                    begun.request,
                    model,
                    watch=display.watch,
                    state_url=config.state,
                    calls=config.model_calls,
                )
        render.write(bench.out)
        display.end()
        if as_json:
            print(report.model_dump_json(indent=2))
        else:
            terminal.show(console, report, bench.out)


def _again(url: str | None, out: Path | None) -> str:
    """The command that goes on with a review; the address may hold a password, so it is not repeated."""
    return "dbengineer review" + (" URL" if url else "") + " --resume" + (f" --out {out}" if out else "")


@app.command()
def role(
    url: Url = None,
    demo: Demo = None,
    check: Annotated[bool, typer.Option("--check", help="what the given role can do that it should not")] = False,
    as_json: Json = False,
) -> None:
    """Print the SQL of the least-privileged role to review with, or check the one of the URL (exit status 1)."""
    with failing_clearly(), telling() as (_, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Options
        from dbengineer.tools.security.excess import excess
        from dbengineer.tools.security.role import role_sql

        with opening.target(url, Options(demo=demo, trust_role=True), configuration.read(), display.say) as target:
            found = excess(target) if check else None
            sql = "" if check else role_sql(target)
        display.end()
        if found is not None:
            sys.exit(auditing.told_of_role(found, as_json))
        print(json.dumps({"sql": sql}) if as_json else sql)


@app.command()
def tools(as_json: Json = False) -> None:
    """List the tools that a model may call, and the worst that each does."""
    from dbengineer.tools import toolbox

    listed = [(name, str(tool.effect), toolbox.description(name)) for name, tool in toolbox.for_models().items()]
    tabulate(("name", "effect", "does"), listed, as_json)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="its name; without it, all are listed", show_default=False)] = None,
    url: Url = None,
    demo: Demo = None,
    trust_role: TrustRole = False,
    as_json: Json = False,
) -> None:
    """Run one check by name, or list them all."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.state import Options
        from dbengineer.tools import checking

        if name is None:
            display.end()
            every = checking.all_checks().values()
            listed = [(c.name, c.deliverable, c.severity, c.title) for c in every]
            return tabulate(("name", "deliverable", "severity", "title"), listed, as_json)
        from dbengineer.agent.channels import opening
        from dbengineer.agent.channels.render import terminal
        from dbengineer.tools import toolbox

        if name not in checking.all_checks():
            raise toolbox.ToolError(_no_check(name, list(checking.all_checks())))
        options = Options(demo=demo, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            result = toolbox.call(bench, "run_checks", {"check": name})
        display.end()
        if as_json:
            return print(result.model_dump_json(indent=2))
        return terminal.check(console, result)


def _no_check(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, 3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    address = "an address goes after the name of a check; " if "://" in name or "=" in name else ""
    shown = "with this name" if address else f"{name!r}"
    return f"there is no check {shown}; {address}{meant}`dbengineer check` lists them all"


@app.command()
def explain(
    sql: Annotated[str, typer.Argument(help="one SELECT; $1 stands for a value")],
    url: UrlOption = None,
    demo: Demo = None,
    trust_role: TrustRole = False,
    as_json: Json = False,
) -> None:
    """Read and draw the plan of a SELECT, without running it."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.channels.render import terminal
        from dbengineer.agent.state import Options
        from dbengineer.tools import toolbox
        from dbengineer.tools.plans.read import Plan

        options = Options(demo=demo, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            result = toolbox.call(bench, "explain", {"sql": sql})
            plan = bench.ledger[result.evidence[0]].saw["plan"]
        display.end()
        if as_json:
            print(json.dumps({"summary": result.summary, "plan": plan}, indent=2))
        else:
            terminal.plan(console, Plan.model_validate(plan), result)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="a command such as 'indexes', or with a model any question")],
    url: UrlOption = None,
    demo: Demo = None,
    rows: Rows = "none",
    trust_role: TrustRole = False,
    as_json: Json = False,
) -> None:
    """Ask one question; without a model the commands of the playbook are understood."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import running
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Made, Options, Request, State
        from dbengineer.tools.toolbox import ToolError

        config = configuration.read()
        options = Options(demo=demo, rows=rows, trust_role=trust_role)
        made: list[Made] = []
        model = running.model(config)
        running.understood(question, model)

        def folder(target: Target) -> Path:
            return running.folder(config.out, target.database + "-ask", datetime.now())

        def watch(state: State) -> None:
            made.extend(state.get("made", []))

        def stream(piece: str) -> None:
            display.end()
            if not as_json:
                console.print(piece, end="", markup=False, highlight=False, soft_wrap=True)

        with opening.workbench(url, options, config, display.say, folder) as bench:
            answer = running.ask(
                bench, Request(text=question, deliverables=()), model, stream, watch=watch, calls=config.model_calls
            )
        if made and all(each.refused for each in made):
            raise ToolError("nothing could be looked at" if not as_json else answer)
        print(json.dumps({"answer": answer, "files": str(bench.out)}) if as_json else f"\n\nFiles: {bench.out}/")


@app.command()
def report(
    path: Annotated[Path, typer.Argument(help="the folder of a report")],
    url: UrlOption = None,
    demo: Demo = None,
    as_json: Json = False,
) -> None:
    """Show an old report, and whether its approvals still stand (give the URL to compare the schema)."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import approvals
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.channels.render import terminal
        from dbengineer.agent.state import Options

        shown = opening.report(path)
        now = None
        if url or demo:
            options = Options(demo=demo, trust_role=True)
            now = opening.schema_fingerprint(url, options, configuration.read(), display.say)
        standing = approvals.standing(path, shown, now)
        display.end()
        if as_json:
            both = {"report": shown.model_dump(mode="json"), "approvals": [s.model_dump(mode="json") for s in standing]}
            return print(json.dumps(both, indent=2))
        terminal.show(console, shown, path)
        return terminal.approvals(console, standing)


@app.command()
def approve(
    path: Annotated[Path, typer.Argument(help="the folder of a report")],
    name: Annotated[str, typer.Argument(metavar="ID", help="the id of a change in it")],
    url: UrlOption = None,
    demo: Demo = None,
    by: Annotated[str | None, typer.Option("--by", help="who approves; the system's user otherwise")] = None,
    as_json: Json = False,
) -> None:
    """Approve one change of a report, as a person; it is void once the change or the schema is another one."""
    with failing_clearly(), telling() as (console, display):
        import getpass

        from dbengineer.agent import approvals
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Options

        shown = opening.report(path)
        approvals.find(shown, name)
        opening.unchanged(path, shown, name)
        options = Options(demo=demo, trust_role=True)
        now = opening.schema_fingerprint(url, options, configuration.read(), display.say)
        given = approvals.approve(path, shown, name, by=by or getpass.getuser(), fingerprint=now)
        display.end()
        if as_json:
            print(given.model_dump_json(indent=2))
        else:
            console.print(f"{given.by} approved {name} (sha256 {given.sha256[:12]}…) at {given.at:%Y-%m-%d %H:%M} UTC.")
            console.print("Nothing was applied: the change is yours to run.")


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="port to listen on; 0: a free one", min=0, max=65535)] = 8000,
) -> None:
    """Answer over HTTP, Slack and Mattermost; clients know databases by name (DBENGINEER_CONFIG)."""
    with failing_clearly():
        from dbengineer.agent import configuration as served
        from dbengineer.agent import settings as configuration

        config = configuration.read()
        if not served.read(config).keys and host not in ("127.0.0.1", "::1", "localhost"):
            raise configuration.SettingsError(
                f"without a key the server does not listen on {host}; set DBENGINEER_SERVER_KEY"
            )
        from dbengineer.agent.channels import http

        http.serve(config, host, port)


def main() -> None:
    """The entry point of the command; what it says of a wrong command line repeats no address."""
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        print(misused(error, sys.argv[1:]), file=sys.stderr)
        sys.exit(2)
