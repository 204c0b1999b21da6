"""Drafts as numbered migrations, a transaction each."""

from __future__ import annotations

from collections.abc import Iterable

from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.draft import Unit, slug
from dbengineer.tools.migrations.drafting.parts import Draft


def of(drafts: Iterable[Draft]) -> list[Unit]:
    """The migrations in order; a part that needs no way back of its own goes with the one before it."""
    units: list[Unit] = []
    for draft in drafts:
        first = len(units) + 1
        for part in draft.parts:
            number = len(units) + 1
            units.append(
                Unit(
                    number=number,
                    slug=slug(draft.title),
                    title=draft.title,
                    why="; ".join(draft.notes),
                    up=part.up,
                    down=part.down,
                    alone=statements.alone(part.up[0]),
                    undone_with=first if not part.down and number > first else None,
                )
            )
    return units
