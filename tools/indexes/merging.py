"""Recommendations of the same index, or of one that another serves as well, become one."""

from __future__ import annotations

from collections.abc import Sequence

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.indexes import ddl
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.recommending import together
from dbengineer.tools.schema.catalog import Schema


def merged(recommendations: Sequence[Recommendation], schema: Schema) -> list[Recommendation]:
    """The recommendations in their order, without those whose only index another one makes superfluous.

    Of two that serve each other the one that is proven by running statements stays; a unique index always stays.
    """
    kept = {r.id: r for r in recommendations}
    indexes = {r.id: index for r in recommendations if (index := _only_index(r, schema))}
    for name in sorted(indexes, key=lambda n: kept[n].kind == "index"):
        better = [n for n, its in indexes.items() if n != name and n in kept and its.serves(indexes[name])]
        if better and not _is_unique(kept[name]):
            best = min(better, key=lambda n: kept[n].kind != "index")
            kept[best] = together(kept[best], kept.pop(name))
    return list(kept.values())


def _only_index(recommendation: Recommendation, schema: Schema) -> Candidate | None:
    """The index of a recommendation that makes exactly one."""
    if recommendation.kind not in ("index", "ddl") or "INDEX" not in recommendation.sql.upper():
        return None
    try:
        made = ddl.created(recommendation.sql, schema)
    except ValueError:
        return None
    return made[0] if len(made) == 1 else None


def _is_unique(recommendation: Recommendation) -> bool:
    return "UNIQUE" in recommendation.sql.upper()
