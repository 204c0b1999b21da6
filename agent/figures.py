"""Figures in prose: a number that nothing seen in this run holds is struck out, and the reader is told."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from dbengineer import prompts
from dbengineer.agent.state import State
from dbengineer.agent.view import View
from dbengineer.tools.ledger import Ledger

MARK = " (no evidence)"
NUMBER = re.compile(
    r"(?<![\w.,$#~:/-])(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)(?:\s?(?:ms|kB|MB|GB|TB|s|x|×|%)(?!\w))?(?![\w/-]|[.,:]\d)"
)
ANY = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
UNFINISHED = re.compile(r"\s+(?:\S*\d\s+)?\S*$")
"""The end of a text to which more may belong: the last word, and a number before it, whose unit it may be."""
SCALES = (1.0, 1e3, 1024.0, 1024.0**2, 1024.0**3, 0.01)
"""A reading may be told in another unit: milliseconds in seconds, bytes in MB, a share in percent."""


class Known:
    """The numbers that a run has seen: in evidence, in what tools said, in the question and in its own rules."""

    def __init__(self, state: State, ledger: Ledger) -> None:
        request = state["request"]
        seen = [View(rows=True).seen(state), request.text, request.earlier, prompts.fill("role")]
        seen += [json.dumps(evidence.saw, default=str) for evidence in ledger]
        self._numbers = sorted({_value(found) for text in seen for found in ANY.findall(text)})

    def holds(self, written: str) -> bool:
        """Whether a number is one of them, rounded as it is written or told in another unit."""
        value, half = _value(written), _half(written)
        return any(self._between((value - half) * scale, (value + half) * scale) for scale in SCALES)

    def _between(self, low: float, high: float) -> bool:
        place = bisect_left(self._numbers, low)
        return place < len(self._numbers) and self._numbers[place] <= high


def checked(pieces: Iterable[str], known: Known) -> Iterator[str]:
    """A text in which the numbers that nothing holds are struck out; a piece waits until its words have ended."""
    whole, told = "", 0
    for piece in pieces:
        whole += piece
        unfinished = UNFINISHED.search(whole, told)
        if unfinished and unfinished.start() > told:
            yield _struck(whole, told, unfinished.start(), known)
            told = unfinished.start()
    if told < len(whole):
        yield _struck(whole, told, len(whole), known)


def _struck(whole: str, begin: int, end: int, known: Known) -> str:
    """A part of a text with its marks."""
    told = ""
    for found in NUMBER.finditer(whole, begin, end):
        told += whole[begin : found.start()]
        fine = _no_claim(whole, found) or known.holds(found["number"])
        told += found[0] if fine else f"~~{found[0]}~~{MARK}"
        begin = found.end()
    return told + whole[begin:end]


def _no_claim(whole: str, found: re.Match[str]) -> bool:
    """Whether a number stands in code, or counts the items of a list."""
    line = whole[whole.rfind("\n", 0, found.start()) + 1 : found.start()]
    listed = not line.strip() and whole[found.end() : found.end() + 1] in (".", ")")
    return listed or whole.count("`", 0, found.start()) % 2 == 1


def _value(written: str) -> float:
    return float(written.replace(",", ""))


def _half(written: str) -> float:
    """Half of the last place to which a number was rounded; 4,000 is rounded to thousands."""
    whole, _, fraction = written.replace(",", "").partition(".")
    zeros = len(whole) - len(whole.rstrip("0")) if not fraction else 0
    return 0.5 * 10.0 ** (zeros if 2 <= zeros < len(whole) else -len(fraction))
