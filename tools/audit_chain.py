"""Verifying an audit log: whether its chain is whole, and if not, where it first breaks and what was done there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbengineer.tools.audit import START, read_line
from dbengineer.tools.facts import Fact


class Verified(Fact):
    """What a log's chain shows; `head` is the hash of its last line, to be kept elsewhere.

    Lines that were removed from the end, and a log that was written anew, show only against a head that was kept.
    """

    ok: bool
    lines: int
    first: str = ""
    last: str = ""
    torn: int = 0
    head: str = START
    line: int | None = None
    problem: str = ""
    since_kept: int | None = None


class _Broken(Exception):
    """Where the chain breaks, and what was done."""

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        self.problem = problem


class _Chain:
    """The chain as far as it was followed."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.number, self.hash, self.torn = 0, START, 0
        self.first = ""
        self._waiting: tuple[int, bytes] | None = None

    def follow(self, at: int, line: bytes, rest: Iterator[tuple[int, bytes]]) -> None:
        """Takes the next line; raises _Broken."""
        held = read_line(line.removesuffix(b"\n"))
        if held is None:
            self._torn(at, line)
            return
        self._noted(held)
        if held["n"] != self.number + 1:
            raise _Broken(at, self._misplaced(held["n"], rest))
        if held["previous"] != self.hash:
            raise _Broken(at - 1 or 1, "it was replaced: the line after it continues another one")
        self.number, self.hash, self.held = held["n"], held["hash"], held
        self.first = self.first or held["at"]

    def end(self, unfinished: bool) -> None:
        """Whether the log may end here: only its very last line may be torn."""
        if self._waiting and not unfinished:
            raise _Broken(self._waiting[0], "it was changed: its hash is another one")
        self.torn += self._waiting is not None

    def _torn(self, at: int, line: bytes) -> None:
        if self._waiting:
            raise _Broken(self._waiting[0], "it was changed: its hash is another one")
        self._waiting = (at, line.removesuffix(b"\n"))

    def _noted(self, held: dict[str, Any]) -> None:
        """A line that is not whole has to be one that a writer left behind and the next one has noted."""
        if self._waiting is None:
            return
        at, torn = self._waiting
        if held.get("sha256") != hashlib.sha256(torn).hexdigest():
            raise _Broken(at, "it was changed: its hash is another one")
        self._waiting, self.torn = None, self.torn + 1

    def _misplaced(self, found: int, rest: Iterator[tuple[int, bytes]]) -> str:
        wanted = self.number + 1
        if found < wanted:
            return f"line {found} stands where line {wanted} belongs: the order was changed, or lines were put in"
        later = (read_line(line.removesuffix(b"\n")) for _, line in rest)
        if any(held and held["n"] == wanted for held in later):
            return f"line {found} stands where line {wanted} belongs: the order was changed"
        missing = f"line {wanted} was" if found == wanted + 1 else f"lines {wanted} to {found - 1} were"
        return f"{missing} removed before it"


def verify(path: Path, head: str = "") -> Verified:
    """Follows the chain of a log; `head` is a hash that was kept, after which lines may only have been added.

    Raises OSError where the log cannot be read.
    """
    followed, kept, line = _Chain(), 0 if head == START else None, b""
    with path.open("rb") as file:
        lines = iter(enumerate(file, 1))
        try:
            for at, line in lines:
                followed.follow(at, line, lines)
                kept = followed.number if followed.hash == head else kept
            followed.end(unfinished=bool(line) and not line.endswith(b"\n"))
        except _Broken as broken:
            return _verified(followed, ok=False, line=broken.line, problem=broken.problem)
    if head and kept is None:
        gone = "no line has the hash that was kept: lines were removed from the end, or the log was written anew"
        return _verified(followed, ok=False, problem=gone)
    return _verified(followed, ok=True, since_kept=None if kept is None or not head else followed.number - kept)


def _verified(followed: _Chain, **found: Any) -> Verified:
    last = followed.held.get("at", "")
    return Verified(
        lines=followed.number, first=followed.first, last=last, torn=followed.torn, head=followed.hash, **found
    )
