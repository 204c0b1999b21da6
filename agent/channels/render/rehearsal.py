"""A rehearsal for a person: as text for the terminal, as Markdown for a comment on a merge request."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations import locks
from dbengineer.tools.migrations.locks import Held
from dbengineer.tools.migrations.rehearsing.judging import blocked_for
from dbengineer.tools.migrations.rehearsing.sizes import spoken
from dbengineer.tools.migrations.rehearsing.verdict import Concern, Report, Seen, Verdict

SHOWN = 160
WAY_BACK = {
    "exact": "comes back exactly",
    "lossy": "comes back, but not all of its data",
    "irreversible": "does not come back",
    "failed": "cannot be made",
}


def plain(report: Report) -> str:
    """The verdicts as text."""
    lines = [line for verdict in report.verdicts for line in _plain(verdict)]
    lines += [f"note: {note}" for note in _about(report)]
    return "\n".join(lines)


def markdown(report: Report) -> str:
    """The verdicts as Markdown."""
    parts = [_markdown(verdict) for verdict in report.verdicts]
    about = "\n".join(f"- {_text(note)}" for note in _about(report))
    return "\n\n".join([*parts, about]) + "\n"


def _plain(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.name}: {'safe' if verdict.safe else _count(len(verdict.findings), 'finding')}"
    yield f"  way back: {WAY_BACK[verdict.reversibility]} ({verdict.because})"
    if verdict.written_since:
        yield f"  the way back drops what was written into {_some(verdict.written_since)} since"
    for concern in verdict.findings:
        yield f"  FINDING {concern.why}"
        yield from ([f"          {_short(concern.statement)}"] if concern.statement else [])
    for number, seen in enumerate(verdict.statements, 1):
        yield f"  {number}. {_short(seen.statement)}"
        yield from (f"       {line}" for line in _seen(seen))
    yield from (f"  {line}" for line in _clients(verdict))
    yield from (f"  asked of the target: {probe}" for probe in verdict.probes)
    yield from (f"  note: {_note(c)}" for c in _notes(verdict))
    yield ""


def _markdown(verdict: Verdict) -> str:
    head = f"### {_text(verdict.name)}: {'safe' if verdict.safe else _count(len(verdict.findings), 'finding')}\n"
    back = f"Way back: **{WAY_BACK[verdict.reversibility]}** ({_text(verdict.because)})\n"
    found = "\n".join(f"- **{_text(c.why)}**{_code(c.statement)}" for c in verdict.findings)
    rows = [
        f"| {number} | `{_cell(_short(seen.statement))}` | {_cell('; '.join(_seen(seen)))} |"
        for number, seen in enumerate(verdict.statements, 1)
    ]
    table = "\n".join(["| no. | statement | what was seen |", "|---|---|---|", *rows])
    others = [*_clients(verdict), *(f"asked of the target: {p}" for p in verdict.probes)]
    others += [_note(c) for c in _notes(verdict)]
    rest = "\n".join(f"- {_text(line)}" for line in others)
    return "\n".join(part for part in (head, back, found, "", table, "", rest) if part is not None)


def _seen(seen: Seen) -> list[str]:
    """What one statement did, the heaviest first."""
    if seen.error:
        return [f"failed: {seen.error}"]
    taken = [_lock(lock) for lock in seen.locks if _matters(lock)]
    lines = taken[:4] or ["no lock that stops anybody"]
    work = [w.replace(": ", " of ", 1) for w in seen.work]
    work += [f"writes {name} again" for name in seen.rewrites if not any(name in w for w in work)][:3]
    lines += ["; ".join(work)] if work else []
    lines += [seen.estimate.words] if seen.estimate else []
    return lines


def _matters(lock: Held) -> bool:
    return locks.STRENGTH[lock.mode] >= locks.STRENGTH["ShareUpdateExclusiveLock"]


def _lock(lock: Held) -> str:
    return f"{locks.spelled(lock.mode)} on {lock.relation} (blocks {locks.BLOCKS[lock.mode]})"


def _clients(verdict: Verdict) -> Iterator[str]:
    if not verdict.stalls:
        return
    worst = max(verdict.stalls, key=lambda s: s.worst_ms)
    line = f"clients beside it in scratch: {worst.does} of {worst.table} waited {worst.worst_ms:.0f} ms at worst"
    there = blocked_for(worst.table, verdict.statements)
    yield f"{line}; at this size writers wait for about {there}" if there else line


def _notes(verdict: Verdict) -> list[Concern]:
    """The notes, each thing once however many statements it is about."""
    return list({c.why: c for c in verdict.concerns if c.level == "note"}.values())


def _note(concern: Concern) -> str:
    return f"{_short(concern.statement)}: {concern.why}" if concern.statement else concern.why


def _about(report: Report) -> Iterator[str]:
    if report.applied_before:
        yield f"{_count(report.applied_before, 'earlier migration')} applied before it"
    yield f"{report.sizes}; seconds are those of this machine, others differ by a factor of three"
    yield from report.notes
    yield f"rehearsed in {spoken(report.took_s)}; nothing was written to a database of yours"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _short(text: str) -> str:
    line = _line(text)
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def _line(text: str) -> str:
    """A text on one line without what a terminal or a page would act on."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "�" for c in text).split())


def _text(text: str) -> str:
    """A line of Markdown in which nothing of a stranger's text is markup."""
    return _line(text).replace("<", "&lt;").replace("[", "\\[")


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|").replace("`", "'")


def _code(statement: str) -> str:
    return f"<br>`{_cell(_short(statement))}`" if statement else ""
