"""What went wrong, in words for people: never the text of an unforeseen error, which may hold data or a password."""

from __future__ import annotations

import traceback

import psycopg

from dbengineer.tools import checking
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.target import TargetError, Unreachable
from dbengineer.tools.toolbox import ToolError

PLACES = 3
"""How many places of the code a fault of our own is reported with."""


def unforeseen(error: Exception) -> str:
    """A fault of our own: what kind and where, without its text, which may hold data or a password."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{f.filename.rpartition('/dbengineer/')[2]}:{f.lineno}" for f in frames if "/dbengineer/" in f.filename]
    places = " < ".join(reversed(ours[-PLACES:]))
    return (
        f"this is a fault of dbengineer itself: {type(error).__name__} at {places}. "
        "Nothing was written to the database; please report it with these words"
    )


def refusal(error: Exception) -> str:
    """Why a call or a proof came to nothing, so that the others can go on.

    Without its database, or a disk to write to, a run has to stop and is gone on with later: raises such errors again.
    """
    if isinstance(error, Unreachable) or (isinstance(error, OSError) and error.errno):
        raise error
    if isinstance(error, ToolError | TargetError | ScratchError | PermissionError):
        return str(error)
    if isinstance(error, psycopg.Error):
        return f"PostgreSQL refused: {checking.reason(error)}"
    return unforeseen(error)
