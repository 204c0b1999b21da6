"""The diagram of more than 300 tables: names in a compact grid, a frame around what belongs together."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dbengineer.tools.facts import Severity
from dbengineer.tools.schema import erd, layout, style
from dbengineer.tools.schema.catalog import Schema, Table

HIGH, GAP, FRAME, LABEL = 20.0, 6.0, 12.0, 16.0
MOST_NAME = 30

Place = tuple[float, float]


def draw(schema: Schema, marks: Mapping[str, Severity], title: str) -> str:
    """The picture as SVG."""
    tables = {t.qualified: t for t in erd.drawn(schema)}
    edges = sorted({(r.child, r.parent) for r in erd.relations(list(tables.values())) if r.child != r.parent})
    groups = layout.components(list(tables), edges)
    alone = sorted(name for group in groups if len(group) == 1 for name in group)
    together = [_sorted(group, edges) for group in groups if len(group) > 1]
    names, colours = style.names(list(tables.values())), style.colours(list(tables.values()))
    wide = min(max(len(n) for n in names.values()), MOST_NAME) * style.CHARACTER + 16
    clusters = [(f"{len(g)} tables that belong together", g) for g in together]
    clusters += [(f"{len(alone)} tables without a foreign key", alone)] if alone else []
    places, frames, width, height = _placed(clusters, wide)
    body = [*frames, *_lines(edges, places, wide)]
    body += [_chip(tables[n], places[n], wide, names[n], colours, marks.get(n)) for n in places]
    note = f"{len(tables)} tables, {len(edges)} relations; names only. Hover for details."
    body += style.legend(colours, set(marks.values()), note, height + 30)
    return style.page(width, height + 36, title, body)


def _sorted(group: list[str], edges: layout.Edges) -> list[str]:
    """The most referenced tables first, the others next to what they reference."""
    members = set(group)
    inside = [e for e in edges if e[0] in members]
    degree = dict.fromkeys(group, 0)
    for _, parent in inside:
        degree[parent] += 1
    hub: dict[str, str] = {}
    for child, parent in inside:
        if child not in hub or degree[parent] < degree[hub[child]]:
            hub[child] = parent
    return sorted(group, key=lambda n: (-degree[n] if degree[n] > 3 else 0, hub.get(n, n), -degree[n], n))


def _placed(clusters: list[tuple[str, list[str]]], wide: float) -> tuple[dict[str, Place], list[str], float, float]:
    shapes = []
    for label, group in clusters:
        columns = max(1, round(math.sqrt(len(group) * HIGH * 1.6 * 2.2 / wide)))
        columns = max(columns, math.ceil((len(label) * style.CHARACTER) / (wide + GAP)) if len(group) > 3 else 1)
        rows = math.ceil(len(group) / columns)
        shapes.append(
            (columns, columns * (wide + GAP) - GAP + 2 * FRAME, rows * (HIGH + GAP) - GAP + 2 * FRAME + LABEL)
        )
    area = sum((w + FRAME) * (h + FRAME) for _, w, h in shapes)
    limit = max(math.sqrt(area * 1.9), max(w for _, w, _ in shapes))
    places: dict[str, Place] = {}
    frames: list[str] = []
    x = y = shelf = width = 0.0
    for (label, group), (columns, w, h) in zip(clusters, shapes, strict=True):
        if x and x + w > limit:
            x, y, shelf = 0.0, y + shelf + FRAME, 0.0
        frames.append(_frame(label if len(group) > 3 else "", x, y, w, h))
        for number, name in enumerate(group):
            row, column = divmod(number, columns)
            places[name] = (x + FRAME + column * (wide + GAP), y + FRAME + LABEL + row * (HIGH + GAP))
        width, shelf, x = max(width, x + w), max(shelf, h), x + w + FRAME
    return places, frames, width, y + shelf


def _frame(label: str, x: float, y: float, w: float, h: float) -> str:
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{h:.0f}" rx="8" fill="#f1f3f4" stroke="#dde2e6"/>'
        f'<text x="{x + FRAME:.0f}" y="{y + 17:.0f}" fill="#7c8894" font-size="10">{style.text(label)}</text>'
    )


def _lines(edges: layout.Edges, places: dict[str, Place], wide: float) -> list[str]:
    """Relations stay faint: with so many tables they show density, not the single key."""
    strength = max(0.12, min(0.5, 60 / max(len(edges), 1)))
    path = []
    for child, parent in edges:
        (x1, y1), (x2, y2) = places[child], places[parent]
        path.append(f"M{x1 + wide / 2:.0f} {y1 + HIGH / 2:.0f}L{x2 + wide / 2:.0f} {y2 + HIGH / 2:.0f}")
    return [f'<path d="{"".join(path)}" fill="none" stroke="#51647a" stroke-opacity="{strength:.2f}"/>']


def _chip(table: Table, at: Place, wide: float, name: str, colours: dict[str, str], mark: Severity | None) -> str:
    x, y = at
    spot = f'<circle cx="{x + wide:.0f}" cy="{y:.0f}" r="5" fill="{style.MARKS[mark]}"/>' if mark else ""
    hint = f"{table.qualified}: {len(table.columns)} columns, {table.rows:,} rows"
    return (
        f'<g><title>{style.text(hint)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{HIGH:.0f}" '
        f'rx="3" fill="#fff" stroke="{colours[table.schema_name]}"/>'
        f'<text x="{x + 8:.0f}" y="{y + 14:.0f}" fill="#1b2733">{style.text(name, MOST_NAME)}</text>{spot}</g>'
    )
