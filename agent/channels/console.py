"""The console: progress and errors go to standard error, answers to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from dbengineer.agent.channels.progress import Display


@contextmanager
def telling() -> Iterator[tuple[Console, Display]]:
    """The console for answers, and the display of what is going on."""
    from rich.console import Console

    from dbengineer.agent.channels.progress import display

    with display(Console(stderr=True)) as shown:
        yield Console(), shown


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turns what can go wrong into one clear message and an exit status: 2, or 130 when the user stopped it."""
    try:
        yield
    except KeyboardInterrupt:
        _stop("stopped; nothing was written to the database. Go on with: dbengineer review --resume", 130)
    except Exception as error:
        message = explained(error)
        if message is None:
            raise
        _stop(message, 2)


def explained(error: Exception) -> str | None:
    """The message for a person, or None for what nobody has foreseen."""
    from pydantic import ValidationError

    from dbengineer.agent.approvals import ApprovalRefused
    from dbengineer.agent.channels.opening import NoDatabase
    from dbengineer.agent.running import NothingToResume, NotUnderstood
    from dbengineer.agent.settings import SettingsError
    from dbengineer.tools.scratch.errors import ScratchError
    from dbengineer.tools.target import TargetError
    from dbengineer.tools.toolbox import ToolError

    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc'])) or error.title}: {e['msg']}" for e in error.errors())
    if isinstance(error, FileNotFoundError):
        return f"there is no {error.filename}; give the folder of a report, such as report/todo-20260101-120000"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or ''}"
    known = (
        ApprovalRefused,
        NoDatabase,
        NothingToResume,
        NotUnderstood,
        SettingsError,
        ScratchError,
        TargetError,
        ToolError,
    )
    return str(error) if isinstance(error, (*known, PermissionError, ValueError)) else None


def tabulate(head: Sequence[str], rows: Sequence[Sequence[str]], as_json: bool) -> None:
    """A table for a person, or a list of objects for a machine."""
    if as_json:
        print(json.dumps([dict(zip(head, row, strict=True)) for row in rows], indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in head:
        table.add_column(column.capitalize(), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def _stop(message: str, status: int) -> None:
    print(f"dbengineer: {message}", file=sys.stderr)
    sys.exit(status)
