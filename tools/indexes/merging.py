"""Recommendations of the same index, or of one that another serves as well, become one."""

from __future__ import annotations

from collections.abc import Sequence

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.indexes import ddl
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.recommending import together
from dbengineer.tools.schema.catalog import Schema


def merged(recommendations: Sequence[Recommendation], schema: Schema) -> list[Recommendation]:
    """The recommendations in their order, without those whose only index another one makes superfluous."""
    kept = {r.id: r for r in recommendations}
    indexes = {r.id: index for r in recommendations if (index := _only_index(r, schema))}
    for name, index in indexes.items():
        better = [other for other, its in indexes.items() if other != name and other in kept and its.serves(index)]
        if better:
            kept[better[0]] = together(kept[better[0]], kept.pop(name))
    return list(kept.values())


def _only_index(recommendation: Recommendation, schema: Schema) -> Candidate | None:
    """The index of a recommendation that makes exactly one, and nothing that is unique."""
    if recommendation.kind not in ("index", "ddl") or "INDEX" not in recommendation.sql.upper():
        return None
    try:
        made = ddl.created(recommendation.sql, schema)
    except ValueError:
        return None
    return made[0] if len(made) == 1 and "UNIQUE" not in recommendation.sql.upper() else None
