"""`migrate lint`: verdicts on migrations, from the text or by running them; for people, for CI and for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbengineer.agent.channels.console import failing_clearly, telling

if TYPE_CHECKING:
    from dbengineer.agent.settings import Settings
    from dbengineer.tools.migrations.linting.known import Known
    from dbengineer.tools.migrations.linting.rule import Finding
    from dbengineer.tools.migrations.linting.verdict import Linter, Verdict

Files = Annotated[list[Path] | None, typer.Argument(metavar="FILE…", help="SQL files", show_default=False)]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="read JSON lines {id, sql, setup?, transactional?} from stdin")]
Rehearsed = Annotated[bool, typer.Option("--rehearse", help="decide by running each in a scratch server")]
UrlOption = Annotated[str | None, typer.Option("--url", help="judge by the schema and sizes of this database")]
Setup = Annotated[Path | None, typer.Option("--setup", help="the schema as SQL, with rows where sizes matter")]
Transactional = Annotated[
    bool | None,
    typer.Option(
        "--transactional/--autocommit", help="how a file is run; a Flyway script says itself", show_default=False
    ),
]
Version = Annotated[int, typer.Option("--pg-version", help="PostgreSQL's major version", min=13, max=18)]
TrustRole = Annotated[bool, typer.Option("--trust-role", help="accept a role that could write")]
Json = Annotated[bool, typer.Option("--json", help="answer as JSON")]
Markdown = Annotated[bool, typer.Option("--markdown", help="answer as Markdown, for a comment")]


def lint(
    files: Files = None,
    jsonl: Jsonl = False,
    rehearse: Rehearsed = False,
    url: UrlOption = None,
    setup: Setup = None,
    transactional: Transactional = None,
    version: Version = 18,
    trust_role: TrustRole = False,
    as_json: Json = False,
    as_markdown: Markdown = False,
) -> None:
    """Say what is unsafe in migrations, with the corrected form; 0: safe, 1: findings, 2: something cannot be read."""
    if jsonl == bool(files):
        raise typer.BadParameter("give files, or --jsonl and questions on standard input")
    with failing_clearly(), _linter(rehearse, url, trust_role, version) as linter:
        if jsonl:
            verdicts = list(_answered(linter))
        else:
            schema = setup.read_text(encoding="utf-8") if setup else None
            verdicts = list(_read(linter, files or [], schema, transactional))
            _show(verdicts, as_json, as_markdown)
        sys.stdout.flush()
    bad = any(v.error for v in verdicts)
    sys.exit(2 if bad else int(any(v.findings for v in verdicts)))


@contextmanager
def _linter(rehearse: bool, url: str | None, trust_role: bool, version: int) -> Iterator[Linter]:
    """What answers: from the text alone; by the schema of a database; by running in scratch."""
    from dbengineer.tools.migrations.linting.verdict import Linter

    if not (rehearse or url):
        yield Linter(version=version)
        return
    from dbengineer.agent import settings as configuration

    config = configuration.read()
    with ExitStack() as stack:
        _, display = stack.enter_context(telling())
        if url:
            yield stack.enter_context(_of_target(url, rehearse, trust_role, config, display.say))
        else:
            from dbengineer.tools.migrations.linting.judge import Judge

            display.say("starting the scratch server")
            judge = stack.enter_context(Judge(config.pg_bin))
            display.end()
            yield Linter(judge=judge, version=judge.version)


@contextmanager
def _of_target(
    url: str, rehearse: bool, trust_role: bool, config: Settings, say: Callable[[str], None]
) -> Iterator[Linter]:
    from dbengineer.agent.channels import opening
    from dbengineer.agent.state import Options
    from dbengineer.tools.migrations.linting import catalog, judge
    from dbengineer.tools.migrations.linting.verdict import Linter

    options = Options(trust_role=trust_role)
    with opening.workbench(url, options, config, say) as bench:

        def on_copy(sql: str, known: Known, transactional: bool) -> list[Finding]:
            with bench.clones.lend(bench.rehearsal.database) as loan:
                return judge.on_copy(loan.database, sql, known, transactional=transactional)

        version = bench.target.version // 10000
        known = catalog.known(bench.schema, bench.target, version)
        yield Linter(target=known, rehearse=on_copy if rehearse else None, version=version)


def _answered(linter: Linter) -> Iterator[Verdict]:
    """A line of the answer for each line of the question, written at once."""
    from dbengineer.tools.migrations.linting.verdict import BadQuestion, Verdict, question

    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            verdict = linter.verdict(question(line))
        except BadQuestion as error:
            verdict = Verdict(id=error.given, error=f"line {number}: {error}")
        if problem := verdict.error or verdict.not_run:
            print(f"dbengineer: {verdict.id}: {problem}", file=sys.stderr)
        print(json.dumps(verdict.as_json(), ensure_ascii=False), flush=True)
        yield verdict


def _read(linter: Linter, files: list[Path], setup: str | None, transactional: bool | None) -> Iterator[Verdict]:
    from dbengineer.tools.migrations.linting.verdict import Verdict, file

    for path in files:
        try:
            yield linter.verdict(file(path, setup=setup, transactional=transactional))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            yield Verdict(id=str(path), error=f"it cannot be read: {why}")


def _show(verdicts: list[Verdict], as_json: bool, as_markdown: bool) -> None:
    from dbengineer.agent.channels.render import linted

    if as_json:
        print(json.dumps([v.as_json() for v in verdicts], indent=2, ensure_ascii=False))
    else:
        print(linted.markdown(verdicts) if as_markdown else linted.plain(verdicts))
