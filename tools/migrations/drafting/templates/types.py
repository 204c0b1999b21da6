"""Enum types and sequences: made, dropped, and labels added."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.drafting.parts import Draft, Part, single
from dbengineer.tools.migrations.drafting.state import Enum, Sequence
from dbengineer.tools.scratch.database import quoted


def created(enum: Enum) -> Draft:
    """A new enum type."""
    return single(f"Make the type {enum.qualified}", _create(enum), f"DROP TYPE {enum.qualified}")


def dropped(enum: Enum) -> Draft:
    """An enum type that goes."""
    drop = f"DROP TYPE {enum.qualified}"
    return single(f"Drop the type {enum.qualified}", drop, _create(enum), phase="contract")


def changed(old: Enum, new: Enum) -> Draft:
    """Other labels: added in place, or the type made anew where one goes."""
    title = f"Labels of {new.qualified}"
    kept = [label for label in new.labels if label in old.labels]
    if kept != list(old.labels):
        anew = Part(up=tuple(_anew(old, new)), down=tuple(_anew(new, old)))
        note = "every table of the type is written again, and a row with a label that goes stops it"
        return Draft(title=title, parts=(anew,), phase="contract", notes=(note,))
    parts = tuple(_labels(old, new))
    note = "the way back makes the type anew, and fails while a row holds a new label"
    return Draft(title=title, parts=parts, notes=(note,))


def _labels(old: Enum, new: Enum) -> Iterator[Part]:
    """A label each; the first of them takes all of them back."""
    there = list(old.labels)
    for label in (one for one in new.labels if one not in old.labels):
        before = next((after for after in new.labels[new.labels.index(label) + 1 :] if after in there), None)
        place = f" BEFORE {_text(before)}" if before else ""
        first = len(there) == len(old.labels)
        up = f"ALTER TYPE {new.qualified} ADD VALUE {_text(label)}{place}"
        yield Part(up=(up,), down=tuple(_anew(new, old)) if first else ())
        there.append(label)


def _anew(old: Enum, new: Enum) -> Iterator[str]:
    spare = f"{old.name[:58]}__old"
    yield f"ALTER TYPE {old.qualified} RENAME TO {quoted(spare)}"
    yield _create(new)
    for table, column, default in old.used:
        alter = f"ALTER TABLE {table} ALTER COLUMN {quoted(column)}"
        if default:
            yield f"{alter} DROP DEFAULT"
        yield f"{alter} TYPE {new.qualified} USING {quoted(column)}::text::{new.qualified}"
        if default:
            yield f"{alter} SET DEFAULT {default}"
    yield f"DROP TYPE {quoted(old.schema_name, spare)}"


def _create(enum: Enum) -> str:
    return f"CREATE TYPE {enum.qualified} AS ENUM ({', '.join(map(_text, enum.labels))})"


def _text(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"


def sequence_created(new: Sequence) -> Draft:
    """A new sequence."""
    create = f"CREATE SEQUENCE {new.qualified} {new.options}"
    return single(f"Make the sequence {new.qualified}", create, f"DROP SEQUENCE {new.qualified}")


def sequence_dropped(old: Sequence) -> Draft:
    """A sequence that goes; where it stood is lost."""
    create = f"CREATE SEQUENCE {old.qualified} {old.options}"
    drop = f"DROP SEQUENCE {old.qualified}"
    title = f"Drop the sequence {old.qualified}"
    return single(title, drop, create, "the way back begins to count anew", phase="contract")


def sequence_changed(old: Sequence, new: Sequence) -> Draft:
    """Another way to count."""
    alter = f"ALTER SEQUENCE {new.qualified}"
    return single(f"How {new.qualified} counts", f"{alter} {new.options}", f"{alter} {old.options}")
