"""What is wrong with a plan: each problem with its node, its numbers and what helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dbengineer.tools.facts import Fact
from dbengineer.tools.plans.read import Node, Plan
from dbengineer.tools.plans.share import shares

MANY = 1000
"""Below this many rows nothing is worth a word."""


class Problem(Fact):
    """One thing that makes a plan slow."""

    kind: str
    node: int
    where: str
    detail: str
    advice: str
    share: float


def diagnose(plan: Plan) -> tuple[Problem, ...]:
    """The problems of a plan, the costliest node first."""
    own, found = shares(plan), []
    for node in plan.nodes():
        for kind, (look, advice) in PROBLEMS.items():
            if detail := look(node):
                found.append(
                    Problem(
                        kind=kind,
                        node=node.number,
                        where=node.label,
                        detail=detail,
                        advice=advice,
                        share=round(own[node.number], 4),
                    )
                )
    found += list(_limits(plan, own))
    return tuple(sorted(found, key=lambda problem: -problem.share))


def _big_scan(node: Node) -> str:
    if "Seq Scan" not in node.type or node.actual_rows is None or "Filter" not in node.conditions:
        return ""
    loops = node.loops or 1
    kept, read = node.actual_rows * loops, (node.actual_rows + node.removed) * loops
    if read < 10 * MANY or kept > read / 20:
        return ""
    return f"reads {read:,.0f} rows of the table and keeps {kept:,.0f}"


def _planned_scan(node: Node) -> str:
    if "Seq Scan" not in node.type or node.actual_rows is not None or "Filter" not in node.conditions:
        return ""
    if node.cost < MANY / 2 or node.rows * 100 > node.cost * 10:
        return ""
    return f"reads the whole table (cost {node.cost:,.0f}) for an estimated {node.rows:,.0f} rows"


def _misestimate(node: Node) -> str:
    if node.actual_rows is None or not node.loops:
        return ""
    planned, actual = max(node.rows, 1), max(node.actual_rows, 1)
    ratio = max(planned / actual, actual / planned)
    if ratio < 10 or max(planned, actual) < MANY:
        return ""
    return f"{planned:,.0f} rows expected, {node.actual_rows:,.0f} came: {ratio:,.0f} times off"


def _spilled_sort(node: Node) -> str:
    if not node.disk_kb:
        return ""
    method = f" ({node.sort_method})" if node.sort_method else ""
    return f"did not fit into work_mem and used {node.disk_kb:,} kB on disk{method}"


def _hash_batches(node: Node) -> str:
    return f"the hash table was split into {node.hash_batches} batches on disk" if node.hash_batches > 1 else ""


def _many_loops(node: Node) -> str:
    if not node.type.startswith("Nested Loop") or len(node.children) < 2:
        return ""
    inner = node.children[1]
    times = inner.loops if inner.loops is not None else node.children[0].rows
    if times < 10 * MANY or inner.type in ("Materialize", "Memoize"):
        return ""
    return f"runs {inner.label} {times:,.0f} times"


def _repeated_subplan(node: Node) -> str:
    if not node.subplan.startswith("SubPlan") or (node.loops or 0) < MANY:
        return ""
    return f"{node.subplan} runs {node.loops:,.0f} times, once for every outer row"


def _wasteful_filter(node: Node) -> str:
    read = (node.actual_rows or 0) + node.removed
    if node.actual_rows is None or "Index" not in node.type and "Bitmap" not in node.type or read < MANY:
        return ""
    return (
        f"the index finds {read:,.0f} rows, the filter removes {node.removed:,.0f}" if node.removed > read / 2 else ""
    )


def _wasteful_join(node: Node) -> str:
    removed = node.removed_by_join * (node.loops or 1)
    return f"the join filter removes {removed:,.0f} rows after joining them" if removed > 10 * MANY else ""


def _lossy_bitmap(node: Node) -> str:
    if not node.lossy_blocks:
        return ""
    return f"{node.lossy_blocks:,} pages were kept as a whole; {node.removed_by_recheck:,.0f} rows removed again"


def _heap_fetches(node: Node) -> str:
    read = (node.actual_rows or 0) * (node.loops or 1)
    if not node.type.startswith("Index Only") or node.heap_fetches < max(MANY, read / 5):
        return ""
    return f"{node.heap_fetches:,.0f} visits of the table for {read:,.0f} rows, although the index holds the columns"


def _temp_files(node: Node) -> str:
    below = sum(child.temp_blocks for child in node.children)
    if node.disk_kb or node.hash_batches > 1 or node.temp_blocks - below < 128:
        return ""
    return f"{(node.temp_blocks - below) * 8:,} kB went through temporary files"


def _limits(plan: Plan, own: dict[int, float]) -> Iterator[Problem]:
    for node in plan.nodes():
        below = node.children[0] if node.type == "Limit" and node.children else None
        while below and below.type in ("Gather Merge", "Result", "Subquery Scan"):
            below = below.children[0] if below.children else None
        if below is None or below.type != "Sort" or not below.children:
            continue
        source = below.children[0]
        read = source.actual_rows * (source.loops or 1) if source.actual_rows is not None else source.rows
        kept = node.actual_rows if node.actual_rows is not None else node.rows
        if read >= MANY and read > 10 * kept:
            yield Problem(
                kind="limit_after_sort",
                node=below.number,
                where=below.label,
                detail=f"sorts {read:,.0f} rows to give back {kept:,.0f}",
                advice="an index in the order of ORDER BY, after the columns compared by equality, reads only those",
                share=round(own[below.number] + own[source.number], 4),
            )


Look = Callable[[Node], str]
INDEX = "an index on the columns of the filter, if the statement is to find few rows"
STATISTICS = "ANALYZE the table; where columns depend on each other, CREATE STATISTICS on them"
MEMORY = "fewer or narrower rows first; then more work_mem for this role or statement"
PROBLEMS: dict[str, tuple[Look, str]] = {
    "big_seq_scan": (_big_scan, INDEX),
    "planned_seq_scan": (_planned_scan, INDEX),
    "misestimate": (_misestimate, STATISTICS),
    "sort_spilled": (_spilled_sort, MEMORY + "; or an index in this order"),
    "hash_spilled": (_hash_batches, MEMORY),
    "nested_loop_over_many": (_many_loops, "an index on the inner side, or statistics that make a hash join cheaper"),
    "repeated_subplan": (_repeated_subplan, "a join, LATERAL or window function instead of the correlated subquery"),
    "filter_after_index": (_wasteful_filter, "the filtered column in the index, after those it has"),
    "filter_after_join": (_wasteful_join, "a condition that can be joined by equality, or filtered before the join"),
    "lossy_bitmap": (_lossy_bitmap, "more work_mem, or an index that finds fewer rows"),
    "heap_fetches": (_heap_fetches, "VACUUM the table more often: its visibility map is out of date"),
    "temp_files": (_temp_files, MEMORY),
}
