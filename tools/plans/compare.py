"""Two plans of one statement, before and after a change."""

from __future__ import annotations

from dbengineer.tools.facts import Fact
from dbengineer.tools.plans.read import Node, Plan


class Comparison(Fact):
    """What a change did to a plan; times are None where a side was not run, blocks count 8 kB pages."""

    before_cost: float
    after_cost: float
    before_ms: float | None
    after_ms: float | None
    before_blocks: int
    after_blocks: int
    changes: tuple[str, ...]

    @property
    def cost_ratio(self) -> float:
        """The cost afterwards divided by the cost before."""
        return self.after_cost / self.before_cost if self.before_cost else 1.0

    @property
    def time_ratio(self) -> float | None:
        """The time afterwards divided by the time before."""
        if self.before_ms is None or self.after_ms is None:
            return None
        return self.after_ms / self.before_ms if self.before_ms else 1.0


def compare(before: Plan, after: Plan) -> Comparison:
    """What is different between two plans."""
    return Comparison(
        before_cost=before.cost,
        after_cost=after.cost,
        before_ms=before.execution_ms,
        after_ms=after.execution_ms,
        before_blocks=blocks(before),
        after_blocks=blocks(after),
        changes=tuple(_changes(before, after)),
    )


def blocks(plan: Plan) -> int:
    """The pages that a plan touched: those of its root, which hold those of all nodes."""
    return plan.root.blocks_hit + plan.root.blocks_read


def _changes(before: Plan, after: Plan) -> list[str]:
    old, new = _access(before), _access(after)
    changed = [
        f"{relation}: {' + '.join(old[relation])} became {' + '.join(new[relation])}"
        for relation in old
        if relation in new and old[relation] != new[relation]
    ]
    gone = [f"no {kind} any more" for kind in _work(before) if kind not in _work(after)]
    return changed + gone + [f"a new {kind}" for kind in _work(after) if kind not in _work(before)]


def _access(plan: Plan) -> dict[str, list[str]]:
    """How each table is read."""
    found: dict[str, list[str]] = {}
    for node in plan.nodes():
        if node.relation:
            found.setdefault(node.relation, []).append(_how(node))
    return {relation: sorted(set(how)) for relation, how in found.items()}


def _how(node: Node) -> str:
    if node.type.endswith("Bitmap Heap Scan"):
        used = sorted({n.index for n in node.walk() if n.index})
        return f"{node.type} using {', '.join(used)}"
    return node.type + (f" using {node.index}" if node.index else "")


def _work(plan: Plan) -> list[str]:
    kinds = (n.type for n in plan.nodes() if not n.relation and not n.index and n.type not in ("Limit", "Result"))
    return list(dict.fromkeys(kinds))
