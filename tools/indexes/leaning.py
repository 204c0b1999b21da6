"""Plans that lean on what planners get wrong: where a lower cost may not be less time."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.plans.read import Node, Plan

MANY_ROWS, MANY_LOOKUPS = 1_000, 1_000
SCANS = ("Index Scan", "Bitmap Heap Scan")
JOINS = ("Nested Loop", "Hash Join", "Merge Join")


def leans(plan: Plan) -> tuple[str, ...]:
    """What a plan's cost rests on that may be otherwise, each once."""
    return tuple(dict.fromkeys(said for node in plan.nodes() for said in _leans(node)))


def _leans(node: Node) -> Iterator[str]:
    if node.type.startswith("Nested Loop") and len(node.children) > 1:
        outer, inner = node.children[:2]
        joined = any(below.type.startswith(JOINS) for below in outer.walk())
        if outer.rows >= MANY_LOOKUPS and any(n.index for n in inner.walk()):
            guess = "rows that come of a join" if joined else "rows that conditions leave"
            yield f"a nested loop that looks into an index for each of {outer.rows:,.0f} {guess}, an estimate"
    if node.type.startswith(SCANS) and node.rows >= MANY_ROWS:
        yield f"{node.rows:,.0f} rows of {node.relation} read here and there (random_page_cost, what is in memory)"
    if node.type.startswith("Index Only Scan") and node.rows >= MANY_ROWS:
        yield f"{node.relation} not being read beside its index (how much of it VACUUM has marked all-visible)"
