"""The diagram of up to 300 tables: boxes with columns, foreign keys as lines with crow's feet."""

from __future__ import annotations

from collections.abc import Mapping

from dbengineer.tools.facts import Severity
from dbengineer.tools.schema import erd, layout, style
from dbengineer.tools.schema.catalog import Schema, Table
from dbengineer.tools.schema.erd import Relation
from dbengineer.tools.schema.layout import Node, Placed

HEAD, ROW, PAD = 26.0, 17.0, 5.0
MOST_NAME, MOST_TYPE = 30, 22


def draw(schema: Schema, marks: Mapping[str, Severity], title: str) -> str:
    """The picture as SVG."""
    tables = erd.drawn(schema)
    names, colours = style.names(tables), style.colours(tables)
    shown = {t.qualified: erd.shown_columns(t, len(tables)) for t in tables}
    related = erd.relations(tables)
    sizes = {t.qualified: _size(t, names[t.qualified], shown[t.qualified]) for t in tables}
    placed = layout.place(sizes, [(r.child, r.parent) for r in related])
    body = [_line(r, placed, shown) for r in related]
    parts = _partitions(schema)
    for t in tables:
        box = _box(t, placed.nodes[t.qualified], names[t.qualified], shown[t.qualified], parts.get(t.qualified, 0))
        body.append(_framed(placed.nodes[t.qualified], box, colours[t.schema_name], marks.get(t.qualified)))
    note = "key columns only" if len(tables) > erd.ALL_COLUMNS else "● not null  ○ nullable"
    body += style.legend(colours, set(marks.values()), note, placed.height + 34)
    return style.page(placed.width, placed.height + 40, title, body)


def _size(table: Table, name: str, shown: list[str]) -> tuple[float, float]:
    columns = [c for c in table.columns if c.name in set(shown)]
    longest = max((min(len(c.name), MOST_NAME) + min(len(c.type), MOST_TYPE) for c in columns), default=0)
    badge = len(style.count(table.rows)) + 6
    width = max(longest * style.CHARACTER + 62, (min(len(name), MOST_NAME + 8) + badge) * style.CHARACTER + 26, 130)
    rows = len(shown) + (len(shown) < len(table.columns))
    return width, HEAD + rows * ROW + 2 * PAD


def _partitions(schema: Schema) -> dict[str, int]:
    parts: dict[str, int] = {}
    for table in schema.tables:
        if table.partition_of:
            parts[table.partition_of] = parts.get(table.partition_of, 0) + 1
    return parts


def _framed(node: Node, inside: list[str], colour: str, mark: Severity | None) -> str:
    border = style.MARKS[mark] if mark else "#c4cad0"
    w, h = node.width, node.height
    frame = (
        f'<rect width="{w:.1f}" height="{h:.1f}" rx="5" fill="#fff" stroke="{border}" '
        f'stroke-width="{2 if mark else 1}"/>'
        f'<path d="M0 {HEAD}V5a5 5 0 0 1 5-5H{w - 5:.1f}a5 5 0 0 1 5 5V{HEAD}Z" fill="{colour}"/>'
    )
    spot = f'<circle cx="{w:.1f}" cy="0" r="6" fill="{border}" stroke="#fff" stroke-width="1.5"/>' if mark else ""
    return f'<g transform="translate({node.x:.1f},{node.y:.1f})">{frame}{"".join(inside)}{spot}</g>'


def _box(table: Table, node: Node, name: str, shown: list[str], partitions: int) -> list[str]:
    badge = f"{style.count(table.rows)} rows" if table.kind != "foreign" else "foreign"
    hint = f"{table.qualified}: {table.rows:,} rows" + (f", {partitions} partitions" if partitions else "")
    parts = [
        f"<title>{style.text(f'{hint}. {table.comment}', 400)}</title>",
        f'<text x="9" y="17" fill="#fff" font-weight="600">{style.text(name, MOST_NAME + 8)}</text>',
        f'<text x="{node.width - 8:.1f}" y="17" fill="#fff" fill-opacity=".75" font-size="10" '
        f'text-anchor="end">{badge}</text>',
    ]
    foreign = erd.foreign(table)
    kept = [c for c in table.columns if c.name in set(shown)]
    for number, column in enumerate(kept):
        y = HEAD + PAD + number * ROW + 12
        role = "PK" if column.name in table.primary_key else ("FK" if column.name in foreign else "")
        if role:
            fill = "#9a6b00" if role == "PK" else "#5c6f82"
            parts.append(f'<text x="8" y="{y:.1f}" font-size="9" font-weight="600" fill="{fill}">{role}</text>')
        else:
            parts.append(f'<circle cx="14" cy="{y - 4:.1f}" r="2.2" {_dot(column.nullable)}/>')
        weight = ' font-weight="600"' if role == "PK" else ""
        parts.append(
            f'<text x="27" y="{y:.1f}" fill="#1b2733"{weight}>{style.text(column.name, MOST_NAME)}</text>'
            f'<text x="{node.width - 8:.1f}" y="{y:.1f}" fill="#8793a0" font-size="10" text-anchor="end">'
            f"{style.text(column.type, MOST_TYPE)}</text>"
        )
    if len(kept) < len(table.columns):
        y = HEAD + PAD + len(kept) * ROW + 12
        parts.append(f'<text x="27" y="{y:.1f}" fill="#9aa5b1">+ {len(table.columns) - len(kept)} columns</text>')
    return parts


def _dot(nullable: bool) -> str:
    return 'fill="none" stroke="#9aa5b1"' if nullable else 'fill="#9aa5b1"'


def _line(relation: Relation, placed: Placed, shown: dict[str, list[str]]) -> str:
    child, parent = placed.nodes[relation.child], placed.nodes[relation.parent]
    here = child.y + _port(shown[relation.child], relation.key.columns)
    there = parent.y + _port(shown[relation.parent], relation.key.referenced_columns)
    if child is parent:
        x = child.x + child.width
        path = f"M{x:.1f} {here:.1f}h14c30 0 30 {there - here:.1f} 0 {there - here:.1f}h-14"
        ends = _many(x, here, 1, relation.one_to_one) + _one(x, there, 1, relation.optional)
    else:
        route = placed.routes[relation.child, relation.parent]
        reverse = route[0] is child
        left, right = (here, there) if reverse else (there, here)
        path = _curve(route, left, right)
        side = 1 if reverse else -1
        at_child = child.x + (child.width if reverse else 0)
        at_parent = parent.x + (0 if reverse else parent.width)
        ends = _many(at_child, here, side, relation.one_to_one) + _one(at_parent, there, -side, relation.optional)
    words = (
        f"{relation.child} ({', '.join(relation.key.columns)}) → {relation.parent}, on delete {relation.key.on_delete}"
    )
    dash = "" if relation.key.validated else ' stroke-dasharray="5 3"'
    return (
        f'<g fill="none" stroke="#8fa1b3" stroke-width="1.2"><title>{style.text(words, 300)}</title>'
        f'<path d="{path}"{dash}/><path d="{ends}" stroke="#51647a"/></g>'
    )


def _port(shown: list[str], columns: tuple[str, ...]) -> float:
    """The height of the row that a line belongs to; the head's where the row is not shown."""
    rows = [shown.index(c) for c in columns if c in shown]
    return HEAD + PAD + rows[0] * ROW + 8 if rows else HEAD / 2


def _curve(route: list[Node], left: float, right: float) -> str:
    x, y = route[0].x + route[0].width, left
    path = f"M{x:.1f} {y:.1f}"
    for node in route[1:]:
        to_x, to_y = node.x, right if node is route[-1] else node.middle
        middle = (x + to_x) / 2
        path += f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = node.x + node.width, to_y
        if node is not route[-1]:
            path += f"H{x:.1f}"
    return path


def _many(x: float, y: float, side: int, one: bool) -> str:
    if one:
        return f"M{x + 7 * side:.1f} {y - 5:.1f}v10"
    return f"M{x:.1f} {y - 5:.1f}l{10 * side} 5l{-10 * side} 5"


def _one(x: float, y: float, side: int, optional: bool) -> str:
    bar = f"M{x + 6 * side:.1f} {y - 5:.1f}v10"
    circle = f"M{x + 9 * side:.1f} {y:.1f}a3.2 3.2 0 1 0 {6.4 * side} 0a3.2 3.2 0 1 0 {-6.4 * side} 0"
    return bar + (circle if optional else f"m{4 * side} -10v10")
