"""Texts from templates: what a report file says about sizes, times and rates, always in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SHORT = 100
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def render(template: Path, **fields: Any) -> str:
    """The text of a Jinja template; a field that the template uses and nobody gave raises jinja2.UndefinedError."""
    import jinja2

    loader = jinja2.FileSystemLoader(template.parent)
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"size": size, "duration": duration, "rate": rate, "number": number, "cell": cell}
    return environment.get_template(template.name).render(**fields)


def size(amount: float | None) -> str:
    """Bytes for people, in powers of 1024."""
    if amount is None:
        return "not measured"
    step = 0
    while abs(amount) >= 1024 and step < len(UNITS) - 1:
        amount, step = amount / 1024, step + 1
    return f"{amount:.0f} {UNITS[step]}" if step == 0 or amount >= 100 else f"{amount:.1f} {UNITS[step]}"


def rate(amount: float | None) -> str:
    """Bytes a second for people."""
    return "not measured" if amount is None else f"{size(amount)}/s"


def duration(seconds: float | None) -> str:
    """Seconds for people."""
    if seconds is None:
        return "not measured"
    for length, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length or (unit == "min" and seconds >= 100):
            return f"{seconds / length:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2f} s"


def number(amount: float | None) -> str:
    """A number with thousands separated."""
    if amount is None:
        return "not measured"
    if float(amount).is_integer() or abs(amount) >= 1000:
        return f"{amount:,.0f}"
    return f"{amount:,.2f}" if abs(amount) >= 0.1 else f"{amount:.2g}"


def short(text: str, length: int = SHORT) -> str:
    """The beginning of a statement on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def cell(text: object) -> str:
    """A text that fits one cell of a Markdown table."""
    return "" if text is None else " ".join(str(text).split()).replace("|", "\\|")
