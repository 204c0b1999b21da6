"""A workload that a person gives: a file of SQL, a log of PostgreSQL, or a folder of such files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.queries import log, sql, workload
from dbengineer.tools.queries.log import Log, Logged
from dbengineer.tools.queries.workload import Statement, Workload

LOGS = (".log", ".csv", ".json")


class BadWorkload(Exception):
    """A file that holds no statement, or cannot be read; the message says what to give."""


class Given(Fact):
    """The statements of files, each as often as it stands there, and what is none, by its text, with the reason."""

    workload: Workload
    refused: dict[str, str]


def read(path: Path) -> Given:
    """The statements of a file, or of all .sql files and logs below a folder; raises BadWorkload."""
    files = _files(path)
    logs = [log.read(text) for file in files if log.is_log(text := _text(file))]
    if logs:
        return _logged(path, logs)
    texts = Counter(text for file in files for text in _statements(file))
    refused = {text: why for text in texts if (why := _no_statement(text))}
    kept: dict[str, Statement] = {}
    for text, calls in texts.items():
        if text not in refused:
            statement = workload.unknown(text)
            name, number = statement.fingerprint, 1
            while name in kept:
                number += 1
                name = f"{statement.fingerprint}-{number}"
            kept[name] = statement.model_copy(update={"fingerprint": name, "calls": calls})
    if not texts:
        raise BadWorkload(f"there is no statement in {path}; give a file of SQL, its statements ended by semicolons")
    because = f"{len(refused)} cannot be planned" if refused else ""
    coverage = Coverage(what="statements", examined=len(kept), total=len(texts), because=because)
    return Given(workload=Workload(statements=tuple(kept.values()), coverage=coverage), refused=refused)


def _logged(path: Path, logs: list[Log]) -> Given:
    """The statements of logs, those alike but for their constants together: how often they ran and how long."""
    refused = {text: why for found in logs for text, why in found.unread.items()}
    groups: dict[str, list[Logged]] = defaultdict(list)
    for logged in (s for found in logs for s in found.statements):
        if why := _no_statement(logged.text):
            refused.setdefault(logged.text, why)
        else:
            groups[sql.fingerprint(logged.text)].append(logged)
    if not groups and not refused:
        raise BadWorkload(
            f"the log {path} holds no statement with its duration; log_min_duration_statement = 100 writes them"
        )
    total = sum(s.ms for same in groups.values() for s in same)
    statements = [_summed(name, same, total) for name, same in groups.items()]
    because = f"{len(refused)} cannot be planned" if refused else ""
    read_ = sum(map(len, groups.values()))
    coverage = Coverage(what="logged statements", examined=read_, total=read_ + len(refused), because=because)
    ordered = tuple(sorted(statements, key=lambda s: (-s.total_ms, s.fingerprint)))
    return Given(workload=Workload(statements=ordered, total_ms=total, coverage=coverage), refused=refused)


def _summed(fingerprint: str, same: list[Logged], total: float) -> Statement:
    """One statement; its text is that of the longest call."""
    spent, longest = sum(s.ms for s in same), max(same, key=lambda s: s.ms)
    figures = {"calls": len(same), "total_ms": spent, "mean_ms": spent / len(same), "max_ms": longest.ms}
    figures |= {"min_ms": min(s.ms for s in same), "share": spent / total if total else 0.0}
    return workload.unknown(longest.text).model_copy(update={"fingerprint": fingerprint, **figures})


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(path.rglob("*.sql")) or sorted(f for end in LOGS for f in path.rglob(f"*{end}"))
        if not found:
            raise BadWorkload(f"there is no .sql file in {path}; name the files *.sql, or logs *.log, or give one file")
        return found
    if not path.is_file():
        raise BadWorkload(f"there is no file {path}; give a file of SQL, or a folder with .sql files")
    return [path]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadWorkload(f"{file} is not UTF-8 text; give a file of SQL") from None


def _statements(file: Path) -> Iterator[str]:
    text = _text(file)
    try:
        parts = sql.split(text)
    except sql.Unreadable:
        # What the grammar cannot divide is divided as psql would be told to: by semicolons at the ends of lines.
        parts = [part.strip() for part in f"{text}\n".split(";\n")]
    yield from (part for part in (p.rstrip().rstrip(";").strip() for p in parts) if part and not _comment(part))


def _comment(text: str) -> bool:
    return all(line.strip().startswith("--") or not line.strip() for line in text.splitlines())


def _no_statement(text: str) -> str:
    """Why a text cannot be planned, or nothing."""
    try:
        kind = str(sql.parse(text).WhichOneof("node"))
    except sql.Unreadable as error:
        return f"it cannot be read: {error}"
    return "" if kind in sql.DATA else "it is no SELECT, INSERT, UPDATE, DELETE or MERGE"
