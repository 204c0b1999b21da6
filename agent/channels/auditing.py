"""Looking after what guards the database: whether the log's chain is whole, and what a role can do beyond reading."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbengineer.agent.channels.console import failing_clearly, tabulate

if TYPE_CHECKING:
    from dbengineer.tools.audit_chain import Verified
    from dbengineer.tools.security.excess import Excess

app = typer.Typer(help="Look after the log of every statement.", no_args_is_help=True, rich_markup_mode=None)

BROKEN = 1
"""The exit status of a log whose chain is broken, and of a role that could change something."""


@app.callback()
def audit() -> None:
    """Look after the log of every statement that was attempted on a database."""


@app.command()
def verify(
    path: Annotated[
        Path | None, typer.Argument(help="the log; the configured one otherwise", show_default=False)
    ] = None,
    head: Annotated[str, typer.Option("--head", help="a head that was kept: no line up to it may be gone")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON")] = False,
) -> None:
    """Check that no line of the log was changed, removed or put elsewhere; 1 at the end: one was."""
    with failing_clearly():
        from dbengineer.agent import settings as configuration
        from dbengineer.tools import audit_chain

        log = path or configuration.read().audit_log
        found = audit_chain.verify(log, head)
        print(found.model_dump_json(indent=2) if as_json else _told(log, found, head))
    sys.exit(0 if found.ok else BROKEN)


def told_of_role(found: Sequence[Excess], as_json: bool) -> int:
    """Shows what a role can do beyond reading; gives the exit status: 1 where it could change something."""
    problems = any(each.problem for each in found)
    if as_json:
        print(json.dumps({"ok": not problems, "found": [each.model_dump() for each in found]}, indent=2))
        return BROKEN if problems else 0
    if not found:
        print("The role can read and change nothing.")
        return 0
    rows = [("problem" if each.problem else "to know", each.what, each.why) for each in found]
    tabulate(("kind", "what it can do", "why it matters"), rows, False)
    print("-- What takes it back; run it as an administrator, then check again.")
    for each in found:
        print(f"-- {' '.join(each.what.split())}", *each.sql, sep="\n")
    return BROKEN if problems else 0


def _told(log: Path, found: Verified, head: str) -> str:
    if not found.ok:
        where = f"line {found.line}: " if found.line else ""
        return f"{log} is broken. {where}{found.problem}. Whole up to line {found.lines}, head {found.head}"
    span = f", {found.first} to {found.last}" if found.lines else ""
    torn = f"{found.torn} torn by a process that died while it wrote.\n" if found.torn else ""
    if head:
        kept = f"The head that was kept is in it, with {found.since_kept} lines after it.\n"
    else:
        kept = "Lines removed from its end cannot be seen from the log alone: keep the head elsewhere, and give it\n"
        kept += "next time with --head.\n"
    return f"{log} is whole: {found.lines} lines{span}.\n{torn}{kept}head {found.head}"
