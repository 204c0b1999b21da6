"""The console: progress and errors go to standard error, answers to standard output."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg
    from rich.console import Console
    from typer.exceptions import TyperException

    from dbengineer.agent.channels.progress import Display

REFUSED, UNFORESEEN, GONE = 2, 1, 141
"""The exit status of what was refused or cannot be, of a fault of our own, and of a reader that went away."""
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def telling() -> Iterator[tuple[Console, Display]]:
    """The console for answers, and the display of what is going on, which knows when it is told to stop."""
    from rich.console import Console

    from dbengineer.agent.channels.progress import display

    with display(Console(stderr=True)) as shown, _stoppable(shown):
        yield Console(), shown


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turns whatever goes wrong into one clear message and an exit status; 130 and 143 when it was stopped."""
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt as stopped:
        _stop(told(stopped), _signalled(stopped))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        sys.exit(GONE)
    except Exception as error:
        cause = error.__cause__ if _kept(error) else error
        if isinstance(cause, KeyboardInterrupt):
            _stop(told(error), _signalled(cause))
        _stop(told(error), UNFORESEEN if isinstance(cause, Exception) and explained(cause) is None else REFUSED)


def told(error: BaseException) -> str:
    """The message for a person, whatever happened."""
    if _kept(error) and error.__cause__:
        return f"{told(error.__cause__)}\n{error}"
    if isinstance(error, Exception):
        from dbengineer.agent.faults import unforeseen

        return explained(error) or unforeseen(error)
    return "stopped; nothing was written to the database"


def explained(error: Exception) -> str | None:
    """The message for a person, or None for what nobody has foreseen."""
    import psycopg

    from dbengineer.agent.approvals import ApprovalRefused
    from dbengineer.agent.channels.opening import NoDatabase, NoReport
    from dbengineer.agent.memory import MemoryFailed
    from dbengineer.agent.running import NothingToResume, NotUnderstood
    from dbengineer.agent.settings import SettingsError
    from dbengineer.tools.scratch.errors import ScratchError
    from dbengineer.tools.target import TargetError
    from dbengineer.tools.toolbox import ToolError

    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; check the folder, or choose another one with --out or TMPDIR"
    if isinstance(error, psycopg.Error):
        return _of_the_server(error)
    known = (
        ApprovalRefused,
        MemoryFailed,
        NoDatabase,
        NoReport,
        NothingToResume,
        NotUnderstood,
        SettingsError,
        ScratchError,
        TargetError,
        ToolError,
    )
    return str(error) if isinstance(error, (*known, PermissionError)) else None


def _of_the_server(error: psycopg.Error) -> str | None:
    """Why the server refused one of our statements, where its words cannot quote values of rows."""
    from dbengineer.tools.target_errors import SPEAKABLE

    state = error.sqlstate or ""
    if not state.startswith(SPEAKABLE):
        return None
    return f"the server refused a statement of dbengineer's own: {error.diag.message_primary} (SQLSTATE {state})"


def misused(error: TyperException, given: Sequence[str]) -> str:
    """What is wrong with a command line, without the addresses in it, which may hold a password."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if context is None or message.startswith("Usage:"):
        return message
    for word in given:
        if "://" in word or "=" in word:
            message = message.replace(word, "***")
    if "***" in message:
        message += "; an address goes where --help says, as URL or after --url"
    return f"dbengineer: {message.rstrip('.')}. See: {context.command_path} --help"


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


@contextmanager
def _stoppable(shown: Display) -> Iterator[None]:
    """Stops for Ctrl-C, `kill` and a terminal that closes alike, so that nothing is left behind.

    Python drops an exception that a signal raises inside a callback of its own, so the display is told as well.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        shown.stopped = number
        raise KeyboardInterrupt(number)

    before = {number: signal.getsignal(number) for number in STOPS}
    heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _kept(error: BaseException) -> bool:
    from dbengineer.agent.running import Unfinished

    return isinstance(error, Unfinished)


def _signalled(stopped: KeyboardInterrupt) -> int:
    """The status of a process that a signal stopped: 128 and the signal's number."""
    return 128 + int(stopped.args[0] if stopped.args else signal.SIGINT)


def _stop(message: str, status: int) -> None:
    print(f"dbengineer: {message}", file=sys.stderr)
    sys.exit(status)
