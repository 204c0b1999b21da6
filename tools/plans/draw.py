"""A plan as a picture (SVG, nothing to load, nothing that runs) and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dbengineer.tools.facts import Fact
from dbengineer.tools.plans.read import Node, Plan
from dbengineer.tools.plans.share import shares

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN, TITLE = 236, 78, 22, 44, 20, 34
FONT = "font-family='ui-sans-serif,system-ui,Segoe UI,Helvetica,Arial,sans-serif'"
HEAT = (
    (0.5, "#c0392b", "#fdecea"),
    (0.2, "#d9822b", "#fef3e6"),
    (0.05, "#b8a12a", "#fdfae8"),
    (0.0, "#4a7f9b", "#f2f7fa"),
)


class Line(Fact):
    """One node for a terminal: how deep it is, what it is, its own share (0 to 1), its rows."""

    depth: int
    label: str
    share: float
    rows: str


class Box(Fact):
    """Where a node is drawn: its left upper corner in pixels."""

    node: Node
    x: float
    y: float
    parent: int | None


def lines(plan: Plan) -> tuple[Line, ...]:
    """The plan as a tree of lines, parents first."""
    own = shares(plan)
    return tuple(
        Line(depth=depth, label=node.label, share=round(own[node.number], 4), rows=rows(node))
        for node, depth in _depths(plan.root, 0)
    )


def svg(plan: Plan, title: str = "") -> str:
    """The plan as one SVG document: a box a node, colour and bar by its own share of time (or cost), edges by rows."""
    width, height, body = _picture(plan, title)
    return _document(width, height, body)


def pair(before: Plan, after: Plan, titles: tuple[str, str] = ("before", "after")) -> str:
    """Two plans of one statement beside each other in one SVG document."""
    left_width, left_height, left = _picture(before, titles[0])
    right_width, right_height, right = _picture(after, titles[1])
    height, middle = max(left_height, right_height), left_width + MARGIN
    divider = f"<line x1='{middle - 10}' y1='10' x2='{middle - 10}' y2='{height - 10}' stroke='#d5dde2'/>"
    shifted = f"<g transform='translate({middle},0)'>{right}</g>"
    return _document(middle + right_width, height, left + divider + shifted)


def rows(node: Node) -> str:
    """The rows of a node in words: expected, and what came where it was run."""
    if node.actual_rows is None:
        return f"{short(node.rows)} rows expected"
    loops = node.loops or 0
    times = f" × {short(loops)}" if loops > 1 else ""
    return "never run" if not loops else f"{short(node.actual_rows)}{times} rows, {short(node.rows)} expected"


def short(number: float) -> str:
    """A number in at most five characters and a unit, such as 12.3k."""
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g}{unit}"
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"


def _depths(node: Node, depth: int) -> Iterator[tuple[Node, int]]:
    yield node, depth
    for child in node.children:
        yield from _depths(child, depth + 1)


def _picture(plan: Plan, title: str) -> tuple[float, float, str]:
    boxes, own = _place(plan.root), shares(plan)
    width = max(box.x for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.y for box in boxes.values()) + HEIGHT + MARGIN
    edges = "".join(_edge(box, boxes[box.parent]) for box in boxes.values() if box.parent is not None)
    drawn = "".join(_box(box, own[box.node.number], plan.was_run) for box in boxes.values())
    head = " · ".join(filter(None, [title, _total(plan)]))
    text = f"<text x='{MARGIN}' y='24' font-size='14' font-weight='600' fill='#22313a'>{escape(head)}</text>"
    return max(width, MARGIN * 2 + 7.5 * len(head)), height, text + edges + drawn


def _total(plan: Plan) -> str:
    if plan.execution_ms is None:
        return f"cost {plan.cost:,.0f}"
    return f"{plan.execution_ms:,.1f} ms · cost {plan.cost:,.0f}"


def _place(root: Node) -> dict[int, Box]:
    """Leaves side by side, each parent in the middle above its children."""
    boxes: dict[int, Box] = {}
    right = float(MARGIN)

    def place(node: Node, depth: int, parent: int | None) -> float:
        nonlocal right
        if node.children:
            centres = [place(child, depth + 1, node.number) for child in node.children]
            x = (centres[0] + centres[-1]) / 2
        else:
            x, right = right, right + WIDTH + GAP_X
        y = MARGIN + TITLE + depth * (HEIGHT + GAP_Y)
        boxes[node.number] = Box(node=node, x=x, y=y, parent=parent)
        return x

    place(root, 0, None)
    return boxes


def _edge(box: Box, parent: Box) -> str:
    node = box.node
    came = node.rows if node.actual_rows is None else node.actual_rows * (node.loops or 0)
    thick = 1 + min(len(f"{int(came)}") - 1, 7) * 0.9
    x1, y1, x2, y2 = box.x + WIDTH / 2, box.y, parent.x + WIDTH / 2, parent.y + HEIGHT
    middle = (y1 + y2) / 2
    path = f"M{x1:g},{y1:g} C{x1:g},{middle:g} {x2:g},{middle:g} {x2:g},{y2:g}"
    count = f"<text x='{x1 + 8:g}' y='{y1 - 8:g}' font-size='10.5' fill='#6b7a83'>{short(came)}</text>"
    return f"<path d='{path}' fill='none' stroke='#b9c6ce' stroke-width='{thick:g}'/>" + count


def _box(box: Box, share: float, was_run: bool) -> str:
    node = box.node
    strong, pale = next((line, fill) for least, line, fill in HEAT if share >= least)
    bar = max(share * (WIDTH - 24), 2)
    place = f"on {node.relation}" if node.relation else ""
    under = " ".join(filter(None, [f"using {node.index}" if node.index else "", place])) or node.subplan
    texts = [
        (22, 13, "600", "#22313a", node.type),
        (38, 11, "400", "#41525c", under),
        (54, 11, "400", "#6b7a83", rows(node)),
    ]
    words = "".join(
        f"<text x='12' y='{y}' font-size='{size}' font-weight='{weight}' fill='{fill}'>{escape(_fit(text))}</text>"
        for y, size, weight, fill, text in texts
        if text
    )
    percent = f"<text x='{WIDTH - 12}' y='22' font-size='12' text-anchor='end' fill='{strong}'>{share:.0%}</text>"
    return (
        f"<g transform='translate({box.x:g},{box.y:g})'><title>{escape(_tooltip(node, share, was_run))}</title>"
        f"<rect width='{WIDTH}' height='{HEIGHT}' rx='7' fill='{pale}' stroke='{strong}' stroke-opacity='.55'/>"
        f"<rect x='12' y='{HEIGHT - 14}' width='{WIDTH - 24}' height='5' rx='2.5' fill='#e3eaee'/>"
        f"<rect x='12' y='{HEIGHT - 14}' width='{bar:g}' height='5' rx='2.5' fill='{strong}'/>{words}{percent}</g>"
    )


def _tooltip(node: Node, share: float, was_run: bool) -> str:
    facts = [node.label, f"{share:.1%} of the {'time' if was_run else 'cost'}", f"cost {node.cost:,.2f}"]
    facts += [f"{node.time_ms:,.3f} ms in all loops"] if node.time_ms is not None else []
    return "\n".join(facts + [f"{key}: {text}" for key, text in node.conditions.items()])


def _fit(text: str) -> str:
    return text if len(text) <= 34 else text[:33] + "…"


def _document(width: float, height: float, body: str) -> str:
    size = f"width='{width:g}' height='{height:g}' viewBox='0 0 {width:g} {height:g}'"
    background = f"<rect width='{width:g}' height='{height:g}' fill='#ffffff'/>"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size} {FONT} role='img'>{background}{body}</svg>\n"
