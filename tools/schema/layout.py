"""Where boxes and lines of a diagram go: columns by depth, order by barycentre, lines between the boxes.

After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

GAP_X, GAP_Y, LANE = 78.0, 22.0, 9.0
SWEEPS = 10


@dataclass(eq=False)
class Node:
    """A box, or (without a name) the place where a line passes through a column; sizes and places are in pixels."""

    name: str
    width: float
    height: float
    column: int = 0
    x: float = 0
    y: float = 0
    before: list[Node] = field(default_factory=list)
    after: list[Node] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2


@dataclass
class Placed:
    """Boxes by name, the nodes that each line passes (from parent to child, as columns go), and the size of it all."""

    nodes: dict[str, Node]
    routes: dict[tuple[str, str], list[Node]]
    width: float
    height: float


Sizes = dict[str, tuple[float, float]]
Edges = list[tuple[str, str]]
Lanes = dict[tuple[str, bool, int], Node]


def place(sizes: Sizes, edges: Edges) -> Placed:
    """Places boxes of given sizes; an edge is (child, parent), both of them boxes."""
    edges = sorted({(c, p) for c, p in edges if c != p})
    groups = components(list(sizes), edges)
    home = {name: number for number, group in enumerate(groups) for name in group}
    inside: dict[int, Edges] = defaultdict(list)
    for child, parent in edges:
        inside[home[child]].append((child, parent))
    parts = [_component({n: sizes[n] for n in group}, inside[number]) for number, group in enumerate(groups)]
    return _packed(parts)


def components(names: list[str], edges: Edges) -> list[list[str]]:
    """The groups of names that edges connect, the largest first."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for child, parent in edges:
        root[find(child)] = find(parent)
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[find(name)].append(name)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))


def depths(names: list[str], edges: Edges) -> dict[str, int]:
    """How many foreign keys deep each table is; an edge that closes a circle does not count."""
    parents: dict[str, list[str]] = defaultdict(list)
    for child, parent in edges:
        parents[child].append(parent)
    depth: dict[str, int] = {}
    for start in names:
        stack, open_ = [(start, False)], set()
        while stack:
            name, done = stack.pop()
            if done:
                open_.discard(name)
                depth[name] = max((depth[p] + 1 for p in parents[name] if p in depth), default=0)
            elif name not in depth and name not in open_:
                open_.add(name)
                stack.append((name, True))
                stack += [(p, False) for p in parents[name] if p not in depth and p not in open_]
    return depth


def _component(sizes: Sizes, edges: Edges) -> Placed:
    nodes = {name: Node(name, *size) for name, size in sizes.items()}
    columns = _columns(nodes, edges)
    lanes: Lanes = {}
    routes = {(child, parent): _route(nodes[parent], nodes[child], columns, lanes) for child, parent in edges}
    for sweep in range(SWEEPS):
        _order(columns, forward=sweep % 2 == 0)
    for column in columns:
        _stack(column)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            _settle(column)
    return _measured(nodes, routes, columns)


def _columns(nodes: dict[str, Node], edges: Edges) -> list[list[Node]]:
    """A column for each depth; one that is much too high is cut into several."""
    depth = depths(list(nodes), edges)
    area = sum((n.width + GAP_X) * (n.height + GAP_Y) for n in nodes.values())
    limit = max(math.sqrt(area / 1.4), max(n.height for n in nodes.values())) * 1.1
    columns: list[list[Node]] = []
    for level in range(max(depth.values()) + 1):
        members = [n for n in nodes.values() if depth[n.name] == level]
        total = sum(n.height + GAP_Y for n in members)
        count = max(1, math.ceil(total / limit))
        room = total / count
        filled = room
        for node in members:
            if filled >= room - node.height / 2:
                columns.append([])
                filled = 0
            node.column = len(columns) - 1
            columns[-1].append(node)
            filled += node.height + GAP_Y
    return columns


def _route(parent: Node, child: Node, columns: list[list[Node]], lanes: Lanes) -> list[Node]:
    """The nodes from the left one to the right one; lines to the same parent share a lane in the columns between."""
    left, right = (parent, child) if parent.column <= child.column else (child, parent)
    route = [left]
    for column in range(left.column + 1, right.column):
        key = (parent.name, left is parent, column)
        if key not in lanes:
            lanes[key] = Node("", 0, LANE, column)
            columns[column].append(lanes[key])
        route.append(lanes[key])
    route.append(right)
    for a, b in zip(route, route[1:], strict=False):
        if b not in a.after:
            a.after.append(b)
            b.before.append(a)
    return route


def _order(columns: list[list[Node]], *, forward: bool) -> None:
    place = {id(n): (i + 0.5) / len(column) for column in columns for i, n in enumerate(column)}
    for column in columns if forward else reversed(columns):
        wish = {}
        for node in column:
            others = (node.before if forward else node.after) or node.before + node.after
            wish[id(node)] = sum(place[id(o)] for o in others) / len(others) if others else place[id(node)]
        column.sort(key=lambda n: (wish[id(n)], place[id(n)]))
        place.update({id(n): (i + 0.5) / len(column) for i, n in enumerate(column)})


def _gap(upper: Node, lower: Node) -> float:
    return GAP_Y if upper.name and lower.name else (LANE if not (upper.name or lower.name) else GAP_Y * 0.7)


def _stack(column: list[Node]) -> None:
    y = 0.0
    for node, following in zip(column, [*column[1:], None], strict=True):
        node.y = y
        y += node.height + (_gap(node, following) if following else 0)
    for node in column:
        node.y -= y / 2


def _settle(column: list[Node]) -> None:
    """Each node as near to the middle of its neighbours as its order allows: pooling of adjacent violators."""
    offsets, offset = [], 0.0
    for node, following in zip(column, [*column[1:], None], strict=True):
        offsets.append(offset)
        offset += node.height + (_gap(node, following) if following else 0)
    pools: list[list[float]] = []
    for node, shift in zip(column, offsets, strict=True):
        others = node.before + node.after
        wish = sum(o.middle for o in others) / len(others) if others else node.middle
        weight = 1.0 if node.name else 0.4
        pools.append([(wish - node.height / 2 - shift) * weight, weight, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    places = [total / weight for total, weight, count in pools for _ in range(int(count))]
    for node, place_, shift in zip(column, places, offsets, strict=True):
        node.y = place_ + shift


def _measured(nodes: dict[str, Node], routes: dict[tuple[str, str], list[Node]], columns: list[list[Node]]) -> Placed:
    top = min(n.y for column in columns for n in column)
    x = 0.0
    for number, column in enumerate(columns):
        width = max(n.width for n in column)
        crossing = sum(len(n.after) for n in column)
        for node in column:
            node.x, node.width, node.y = x, width, node.y - top
        x += width + (min(GAP_X + crossing * 2.5, 240) if number + 1 < len(columns) else 0)
    return Placed(nodes, routes, x, max(n.y + n.height for column in columns for n in column))


def _packed(parts: list[Placed]) -> Placed:
    """Components side by side on shelves, about as wide as a screen is for its height."""
    area = sum((p.width + GAP_X) * (p.height + GAP_Y * 2) for p in parts)
    limit = max(math.sqrt(area * 1.7), max((p.width for p in parts), default=0))
    whole = Placed({}, {}, 0, 0)
    x = y = shelf = 0.0
    for part in sorted(parts, key=lambda p: -p.height):
        if x and x + part.width > limit:
            x, y, shelf = 0.0, y + shelf + GAP_Y * 2, 0.0
        for node in {id(n): n for r in ([*part.nodes.values()], *part.routes.values()) for n in r}.values():
            node.x, node.y = node.x + x, node.y + y
        whole.nodes |= part.nodes
        whole.routes |= part.routes
        whole.width, whole.height = max(whole.width, x + part.width), max(whole.height, y + part.height)
        x, shelf = x + part.width + GAP_X / 2, max(shelf, part.height)
    return whole
