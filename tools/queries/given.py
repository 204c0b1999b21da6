"""A workload that a person gives: a file of SQL, or a folder of such files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.queries import sql, workload
from dbengineer.tools.queries.workload import Statement, Workload


class BadWorkload(Exception):
    """A file that holds no statement, or cannot be read; the message says what to give."""


class Given(Fact):
    """The statements of files, each as often as it stands there, and what is none, by its text, with the reason."""

    workload: Workload
    refused: dict[str, str]


def read(path: Path) -> Given:
    """The statements of a file, or of all .sql files below a folder; raises BadWorkload."""
    texts = Counter(text for file in _files(path) for text in _statements(file))
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


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(path.rglob("*.sql"))
        if not found:
            raise BadWorkload(f"there is no .sql file in {path}; name the files *.sql, or give one file")
        return found
    if not path.is_file():
        raise BadWorkload(f"there is no file {path}; give a file of SQL, or a folder with .sql files")
    return [path]


def _statements(file: Path) -> Iterator[str]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadWorkload(f"{file} is not UTF-8 text; give a file of SQL") from None
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
