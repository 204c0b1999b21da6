"""The guard for machines: verdicts over standard input and output, and the guarded read itself."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbengineer.agent.channels.console import failing_clearly, telling

if TYPE_CHECKING:
    from dbengineer.tools.guard import Verdict
    from dbengineer.tools.target import Rows

app = typer.Typer(help="Decide which SQL only reads.", no_args_is_help=True, rich_markup_mode=None)

EXAMPLE = '{"id": 1, "sql": "SELECT 1"}'
Check = Callable[[str], "Verdict"]
Demo = Annotated[str | None, typer.Option("--demo", help="look at an embedded demo: todo or todo_healthy")]
TrustRole = Annotated[bool, typer.Option("--trust-role", help="accept a role that could write")]


class BadLine(Exception):
    """A line of the input that is not a question; the message says why and how to write it."""

    def __init__(self, why: str, given: object = None) -> None:
        super().__init__(why)
        self.given = given


@app.command()
def check(
    url: Annotated[str | None, typer.Option("--url", help="judge by what its server makes of the SQL, too")] = None,
    demo: Demo = None,
    trust_role: TrustRole = False,
    extension: Annotated[list[str] | None, typer.Option("--extension", help="an installed one (repeatable)")] = None,
) -> None:
    """Read JSON lines {"id", "sql"}; write {"id", "allowed", "why", "instead"} for each; 1 at the end: a bad line."""
    with failing_clearly():
        bad = 0
        with _judge(url, demo, trust_role, extension or []) as judge:
            for number, line in enumerate(sys.stdin.buffer, 1):
                if line.strip():
                    bad += not _answer(number, line, judge)
    sys.exit(1 if bad else 0)


@contextmanager
def _judge(url: str | None, demo: str | None, trust_role: bool, extensions: list[str]) -> Iterator[Check]:
    """The guard of a database when one is named, else the grammar floor alone."""
    from dbengineer.tools import guard

    if not (url or demo):
        installed = frozenset(extensions)
        yield lambda sql: guard.check(sql, extensions=installed, analyze=True)
        return
    from dbengineer.agent import settings as configuration
    from dbengineer.agent.channels import opening
    from dbengineer.agent.state import Options

    with telling() as (_, display):
        options = Options(demo=demo, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            yield bench.target.verdict


def _answer(number: int, line: bytes, judge: Check) -> bool:
    """Writes the verdict on one line; a line that is no question is answered with a refusal and told on stderr."""
    try:
        asked = _question(line)
        said = judge(asked["sql"])
        why, instead = ("", "") if said.allowed else (said.why, said.instead)
        _write(asked["id"], said.allowed, why, instead)
        return True
    except BadLine as error:
        why = f"line {number} {error}"
        print(f"dbengineer: {why}; write {EXAMPLE}", file=sys.stderr)
        _write(error.given, False, why, f"write {EXAMPLE}")
        return False


def _question(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"is not JSON ({type(error).__name__})") from None
    if not isinstance(asked, dict) or "id" not in asked:
        raise BadLine('is not an object with an "id"')
    if not isinstance(asked.get("sql"), str):
        raise BadLine('has no text as "sql"', asked["id"])
    return asked


def _write(name: object, allowed: bool, why: str, instead: str) -> None:
    print(json.dumps({"id": name, "allowed": allowed, "why": why, "instead": instead}), flush=True)


def sql(
    words: Annotated[list[str], typer.Argument(metavar="[URL] SQL", help="one SELECT, VALUES, TABLE, EXPLAIN or SHOW")],
    demo: Demo = None,
    trust_role: TrustRole = False,
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON: columns, rows, truncated")] = False,
) -> None:
    """Read with one statement, guarded: it can change nothing, and comes back within limits."""
    if len(words) > 2:
        raise typer.BadParameter("give the address and one statement, each as one word in quotes")
    url, statement = words if len(words) == 2 else (None, words[0])
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Options

        options = Options(demo=demo, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            rows = bench.target.read(statement)
        display.end()
        if as_json:
            print(json.dumps(plain(rows.model_dump()), ensure_ascii=False))
        else:
            console.print(_table(rows))
            console.print(f"{len(rows.rows)} rows" + (", cut by the limits" if rows.truncated else ""))


def plain(value: Any) -> Any:
    """A value as JSON has it: what JSON does not know is text."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _table(rows: Rows) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in rows.columns:
        table.add_column(Text(_shown(column)), overflow="fold")
    for row in rows.rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    return table


def _shown(cell: object) -> str:
    """A cell on one line; control characters of a stranger's row must not reach the terminal."""
    if cell is None:
        return ""
    value = plain(cell)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
