"""What a change of a column's type costs: nothing, the indexes, or the whole table.

Source: ATColumnChangeRequiresRewrite, CheckIndexCompatible and the transform functions of length coercions in
PostgreSQL's source, as measured on 15 and 18.
"""

from __future__ import annotations

from typing import Any

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.trees import Type

TEXTS = {"text", "varchar", "citext"}
# Pairs of types whose values are stored alike, so that no row is written again.
ALIKE = {("cidr", "inet"), ("xml", "text"), ("xml", "varchar"), ("int4", "oid"), ("oid", "int4"), ("bit", "varbit")}
# The precision of a time without one.
MOST_PRECISE = 6
TIMES = {"timestamp", "timestamptz", "time", "timetz"}
INTERVAL_FULL_RANGE = 32767


def rewrites(known: Known, old: Type, new: Type) -> bool:
    """Whether every row is written again for this change of type."""
    if old.array != new.array or (new.array and new.modifiers not in ((), old.modifiers)):
        return True
    base, constrained = _base(known, new)
    before, _ = _base(known, old)
    if constrained and old.name != new.name:
        return True
    if before.name == base.name:
        return not _wider(before, base)
    if before.name in TEXTS and base.name in TEXTS:
        return bool(base.modifiers)
    if {before.name, base.name} == {"timestamp", "timestamptz"}:
        return not known.utc or not _wider(before, base)
    return (before.name, base.name) not in ALIKE or bool(base.modifiers)


def rebuilds_indexes(old: Type, new: Type) -> bool:
    """Whether an index over the column orders its values otherwise afterwards."""
    return ("citext" in (old.name, new.name) and old.name != new.name) or (
        old.collation != new.collation and {old.name, new.name} <= TEXTS | {"bpchar"}
    )


def _base(known: Known, type_: Type) -> tuple[Type, bool]:
    """The type under a domain, and whether a domain looks at each value."""
    domain = known.domains.get(type_.name)
    return (domain.base, domain.constrained) if domain else (type_, False)


def _wider(old: Type, new: Type) -> bool:
    """Whether all values of a type fit another of the same name as they are."""
    if old.modifiers == new.modifiers or not new.modifiers:
        return True
    if new.name in ("varchar", "varbit"):
        return bool(old.modifiers) and new.modifiers[0] >= old.modifiers[0]
    if new.name == "numeric":
        return bool(old.modifiers) and new.modifiers[0] >= old.modifiers[0] and _scale(new) == _scale(old)
    if new.name in TIMES:
        return new.modifiers[0] >= (old.modifiers[0] if old.modifiers else MOST_PRECISE)
    if new.name == "interval":
        return (
            len(new.modifiers) == 2
            and new.modifiers[0] == INTERVAL_FULL_RANGE
            and (new.modifiers[1] >= (old.modifiers[1] if len(old.modifiers) == 2 else MOST_PRECISE))
        )
    return False


def _scale(type_: Type) -> int:
    return type_.modifiers[1] if len(type_.modifiers) > 1 else 0


def computes(column: str, definition: Any) -> bool:
    """Whether USING makes other values than a plain cast of the column would."""
    if not definition.HasField("raw_default"):
        return False
    expression = definition.raw_default
    if expression.WhichOneof("node") == "type_cast":
        cast = expression.type_cast
        if cast.type_name.names != definition.type_name.names:
            return True
        expression = cast.arg
    return trees.strings(expression.column_ref.fields)[-1:] != [column]
