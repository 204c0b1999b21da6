"""How much of a plan's time, or of its cost where it was not run, each node takes by itself."""

from __future__ import annotations

from dbengineer.tools.plans.read import Node, Plan


def shares(plan: Plan) -> dict[int, float]:
    """The own share of each node by its number, 0 to 1; together they are 1.

    A child's figure is scaled down where it exceeds its parent's: below a LIMIT only a part is paid, and parallel
    workers run at the same time.
    """
    found: dict[int, float] = {}
    _spread(plan.root, 1.0, plan.was_run and plan.root.time_ms is not None, found)
    return found


def _spread(node: Node, share: float, by_time: bool, found: dict[int, float]) -> None:
    whole = _weight(node, by_time)
    below = [_weight(child, by_time) * _repeats(node, child, by_time) for child in node.children]
    total = max(sum(below), whole)
    parts = [share * part / total if total else 0.0 for part in below]
    found[node.number] = max(share - sum(parts), 0.0)
    for child, part in zip(node.children, parts, strict=True):
        _spread(child, part, by_time, found)


def _weight(node: Node, by_time: bool) -> float:
    return (node.time_ms or 0.0) if by_time else node.cost


def _repeats(parent: Node, child: Node, by_time: bool) -> float:
    """How often the parent runs this child: the inner side of a nested loop once for every outer row."""
    if by_time or not parent.type.startswith("Nested Loop") or child is parent.children[0]:
        return 1.0
    return 1.0 if child.type == "Materialize" else max(parent.children[0].rows, 1.0)
