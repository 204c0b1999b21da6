"""Verdicts on migrations for people: in the terminal, and as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbengineer.tools.migrations.linting.rule import Finding
from dbengineer.tools.migrations.linting.verdict import Verdict

LONGEST = 100


def plain(verdicts: Sequence[Verdict]) -> str:
    """A block for each file with something in it, then the sum."""
    return "\n".join([*(line for v in verdicts for line in _block(v)), _sum(verdicts)])


def _block(verdict: Verdict) -> Iterator[str]:
    if verdict.error:
        yield f"{verdict.id}: {verdict.error}\n"
    if verdict.not_run:
        yield f"{verdict.id}: judged by its text alone: {verdict.not_run}\n"
    for finding in verdict.findings:
        yield f"{verdict.id}:{finding.line}  {finding.rule}"
        yield f"    {_short(finding.statement)}"
        yield f"    {finding.why}"
        yield "    instead:"
        yield from (f"      {line}" for line in finding.safe_form.splitlines())
        yield ""


def _short(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _sum(verdicts: Sequence[Verdict]) -> str:
    found = sum(len(v.findings) for v in verdicts)
    bad = sum(bool(v.error) for v in verdicts)
    safe = sum(v.safe for v in verdicts)
    files = "1 file" if len(verdicts) == 1 else f"{len(verdicts)} files"
    parts = [f"{safe} safe", f"{found} finding{'' if found == 1 else 's'}"] + [f"{bad} not readable"] * bool(bad)
    return f"{files}: {', '.join(parts)}"


def markdown(verdicts: Sequence[Verdict]) -> str:
    """A comment: the sum, a table of findings, and the corrected form of each."""
    lines = [f"### Migrations: {_sum(verdicts)}", ""]
    found = [(v, f) for v in verdicts for f in v.findings]
    if found:
        lines += ["| where | rule | why |", "|---|---|---|"]
        lines += [f"| `{_cell(v.id)}:{f.line}` | {f.rule} | {_cell(f.why)} |" for v, f in found]
    lines += [f"\n`{v.id}`: {_cell(v.error)}" for v in verdicts if v.error]
    lines += [f"\n`{v.id}` was judged by its text alone: {_cell(v.not_run)}" for v in verdicts if v.not_run]
    return "\n".join([*lines, *(part for v, f in found for part in _details(v, f))])


def _details(verdict: Verdict, finding: Finding) -> list[str]:
    head = f"<summary><code>{verdict.id}:{finding.line}</code> {finding.rule}: instead</summary>"
    fence = "`" * max(3, _ticks(finding.safe_form) + 1)
    return ["", "<details>", head, "", f"{fence}sql", finding.safe_form, fence, "", "</details>"]


def _ticks(text: str) -> int:
    """The longest run of backticks, which must not end the block of code."""
    runs = "".join(c if c == "`" else " " for c in text).split()
    return max(map(len, runs), default=0)


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")
