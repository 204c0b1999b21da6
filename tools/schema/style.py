"""Colours and texts that the pictures of a schema share."""

from __future__ import annotations

from html import escape

from dbengineer.tools.facts import Severity
from dbengineer.tools.schema.catalog import Table

PALETTE = ("#2f5d8a", "#3f7d58", "#8a5a2f", "#6b4a8a", "#2f8184", "#94475e", "#5f6b2f", "#4f5b66")
MARKS: dict[Severity, str] = {
    "critical": "#b3001b",
    "high": "#d9480f",
    "medium": "#e8a500",
    "low": "#7a9a2e",
    "info": "#8aa0b4",
}
CHARACTER = 6.65
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def text(value: str, most: int = 200) -> str:
    """A text for XML, cut where it is too long, without characters that XML forbids."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    return escape(clean if len(clean) <= most else clean[: most - 1] + "…")


def colours(tables: list[Table]) -> dict[str, str]:
    """A colour for each schema."""
    names = sorted({t.schema_name for t in tables}, key=lambda n: (n != "public", n))
    return {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(names)}


def count(rows: int) -> str:
    """A number of rows as a badge has room for it."""
    for unit, word in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rows >= unit:
            return f"{rows / unit:.3g}{word}"
    return str(rows)


def names(tables: list[Table]) -> dict[str, str]:
    """How each table is called: without its schema where there is only one."""
    alone = len({t.schema_name for t in tables}) == 1
    return {t.qualified: t.name if alone else t.qualified for t in tables}


def legend(schemas: dict[str, str], marks: set[Severity], note: str, y: float) -> list[str]:
    """The line below a picture: schemas, marks and what else a reader has to know."""
    parts: list[str] = []
    x = 0.0
    shown = [(name, colour, "rect") for name, colour in list(schemas.items())[:12]]
    shown += [(mark, MARKS[mark], "circle") for mark in MARKS if mark in marks]
    for name, colour, shape in shown:
        parts.append(
            f'<circle cx="{x + 6:.0f}" cy="{y - 4:.0f}" r="5" fill="{colour}"/>'
            if shape == "circle"
            else f'<rect x="{x:.0f}" y="{y - 10:.0f}" width="12" height="12" rx="2" fill="{colour}"/>'
        )
        parts.append(f'<text x="{x + 17:.0f}" y="{y:.0f}" fill="#333">{text(name, 30)}</text>')
        x += 34 + min(len(name), 30) * CHARACTER
    return [*parts, f'<text x="{x:.0f}" y="{y:.0f}" fill="#777">{text(note)}</text>']


def page(width: float, height: float, title: str, body: list[str]) -> str:
    """An SVG of that size with a margin and a title; it is never smaller than its title."""
    margin, head = 24.0, 30.0 if title else 0.0
    wide, high = max(width, len(title) * 9.0, 480) + 2 * margin, height + head + 2 * margin
    shown = f'<text x="0" y="-12" font-size="16" font-weight="600" fill="#1b2733">{text(title)}</text>' if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" font-family="{FONT}" font-size="11">'
        f'<rect width="100%" height="100%" fill="#fbfbf9"/>'
        f'<g transform="translate({margin:.0f},{margin + head:.0f})">{shown}{"".join(body)}</g></svg>\n'
    )


def size(count_: int) -> str:
    """Bytes in the unit that people read."""
    for unit, word in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count_ >= unit:
            return f"{count_ / unit:,.3g} {word}"
    return f"{count_} B"
