"""Plans: what EXPLAIN (FORMAT JSON) says, as a tree that cannot change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.facts import Fact

CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Filter",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "TID Cond",
    "One-Time Filter",
    "Order By",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Cache Key",
)


class Node(Fact):
    """One step of a plan; actual figures are None where the statement was not run.

    `actual_rows` and `removed` are per loop, `time_ms` is the time of all loops with what is below.
    """

    number: int
    type: str
    relation: str = ""
    index: str = ""
    subplan: str = ""
    startup_cost: float = 0
    cost: float = 0
    rows: float = 0
    width: int = 0
    conditions: dict[str, str] = {}
    actual_rows: float | None = None
    loops: float | None = None
    time_ms: float | None = None
    removed: float = 0
    removed_by_join: float = 0
    removed_by_recheck: float = 0
    heap_fetches: float = 0
    lossy_blocks: int = 0
    sort_method: str = ""
    disk_kb: int = 0
    hash_batches: int = 1
    temp_blocks: int = 0
    blocks_hit: int = 0
    blocks_read: int = 0
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def label(self) -> str:
        """The node as EXPLAIN names it in text."""
        using = f" using {self.index}" if self.index else ""
        return f"{self.type}{using}" + (f" on {self.relation}" if self.relation else "")


class Plan(Fact):
    """A statement's plan; the times are None where it was not run."""

    root: Node
    planning_ms: float | None = None
    execution_ms: float | None = None

    @property
    def cost(self) -> float:
        """The planner's total cost, in its own units."""
        return self.root.cost

    @property
    def was_run(self) -> bool:
        """Whether the plan has actual figures."""
        return self.root.actual_rows is not None

    def nodes(self) -> list[Node]:
        """Every node, parents first."""
        return list(self.root.walk())

    def indexes(self) -> set[str]:
        """The names of the indexes that the plan uses."""
        return {node.index for node in self.nodes() if node.index}


def plan(explained: dict[str, Any]) -> Plan:
    """The plan in one element of EXPLAIN's JSON; raises KeyError where there is none (a utility statement)."""
    return Plan(
        root=_node(explained["Plan"], iter(range(1, 1 << 30))),
        planning_ms=explained.get("Planning Time"),
        execution_ms=explained.get("Execution Time"),
    )


def _node(raw: dict[str, Any], numbers: Iterator[int]) -> Node:
    number = next(numbers)
    return Node(
        number=number,
        type=_type(raw),
        relation=_relation(raw),
        index=raw.get("Index Name", ""),
        subplan=raw.get("Subplan Name", ""),
        startup_cost=raw.get("Startup Cost", 0),
        cost=raw.get("Total Cost", 0),
        rows=raw.get("Plan Rows", 0),
        width=raw.get("Plan Width", 0),
        conditions={key: _text(raw[key]) for key in CONDITIONS if key in raw},
        **_actual(raw),
        children=tuple(_node(child, numbers) for child in raw.get("Plans", [])),
    )


def _actual(raw: dict[str, Any]) -> dict[str, Any]:
    loops, time = raw.get("Actual Loops"), raw.get("Actual Total Time")
    return {
        "actual_rows": raw.get("Actual Rows"),
        "loops": loops,
        "time_ms": None if time is None else time * loops,
        "removed": raw.get("Rows Removed by Filter", 0),
        "removed_by_join": raw.get("Rows Removed by Join Filter", 0),
        "removed_by_recheck": raw.get("Rows Removed by Index Recheck", 0),
        "heap_fetches": raw.get("Heap Fetches", 0),
        "lossy_blocks": raw.get("Lossy Heap Blocks", 0),
        "sort_method": raw.get("Sort Method", ""),
        "disk_kb": raw.get("Sort Space Used", 0) if raw.get("Sort Space Type") == "Disk" else raw.get("Disk Usage", 0),
        "hash_batches": raw.get("Hash Batches", 1),
        "temp_blocks": raw.get("Temp Read Blocks", 0) + raw.get("Temp Written Blocks", 0),
        "blocks_hit": raw.get("Shared Hit Blocks", 0),
        "blocks_read": raw.get("Shared Read Blocks", 0),
    }


def _type(raw: dict[str, Any]) -> str:
    kind: str = raw["Node Type"]
    if kind == "Aggregate":
        kind = {"Sorted": "GroupAggregate", "Hashed": "HashAggregate"}.get(raw.get("Strategy", ""), kind)
    if kind == "ModifyTable":
        kind = raw.get("Operation", kind)
    join = raw.get("Join Type", "Inner")
    if join != "Inner":
        kind = kind.removesuffix(" Join") + f" {join} Join"
    if raw.get("Scan Direction") == "Backward":
        kind += " Backward"
    return kind if not raw.get("Parallel Aware") else f"Parallel {kind}"


def _relation(raw: dict[str, Any]) -> str:
    name = raw.get("Relation Name") or raw.get("CTE Name") or raw.get("Function Name") or ""
    alias = raw.get("Alias", "")
    return f"{name} {alias}" if name and alias and alias != name else name


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
