"""What a template gives: a change in parts, each with its own way back."""

from __future__ import annotations

from dbengineer.tools.facts import Fact


class Part(Fact):
    """Statements of one transaction, or one that runs outside of any, and the statements that take them back."""

    up: tuple[str, ...]
    down: tuple[str, ...] = ()


class Draft(Fact):
    """One change: its parts in order, when to deploy it, and what a reader has to know before it is merged.

    `phase`: expand goes before the new code, contract after it; backfill lies between the two.
    """

    title: str
    parts: tuple[Part, ...]
    phase: str = "expand"
    notes: tuple[str, ...] = ()


def single(title: str, up: str, down: str, *notes: str, phase: str = "expand") -> Draft:
    """A change of one statement."""
    return Draft(title=title, parts=(Part(up=(up,), down=(down,)),), phase=phase, notes=notes)
