"""Statements in a log of PostgreSQL: as stderr, CSV or JSON, of log_min_duration_statement, log_duration or
auto_explain, each with its duration."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator

from dbengineer.tools.facts import Fact

LEVELS = r"(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION|DEBUG[1-5])"
ENTRY = re.compile(rf"^(?P<prefix>.*?)\b(?P<level>{LEVELS}):  (?P<message>.*)$")
DURATION = re.compile(r"^duration: (?P<ms>[0-9.]+) ms(?P<rest>.*)$", re.DOTALL)
STATEMENT = re.compile(r"^\s*(?:statement|execute [^:]*): (?P<text>.*)$", re.DOTALL)
PLAN = re.compile(r"^\s*plan:\s*(?P<plan>.*)$", re.DOTALL)
TEXT = re.compile(r"^\s*Query Text: (?P<text>.*?)(?=\n\s*Query Parameters: |\n\S[^\n]*\(cost=|\Z)", re.DOTALL)
BEGINNING, CSV_MESSAGE, CSV_COLUMNS = 200, 13, 23
"""How many lines are looked at to tell a log, and where the columns of csvlog are (runtime-config-logging)."""


class Logged(Fact):
    """A statement that was run once, and how long it took."""

    text: str
    ms: float


class Log(Fact):
    """What a log held: statements, and entries of durations that hold none, with the reason."""

    statements: tuple[Logged, ...] = ()
    unread: dict[str, str] = {}


def is_log(text: str) -> bool:
    """Whether a text is a log of PostgreSQL: its beginning has a line of one, in any form."""
    lines = text.split("\n", BEGINNING)[:BEGINNING]
    return any(_is_json(line) or _is_csv(line) or _is_plain(line) for line in lines)


def _is_plain(line: str) -> bool:
    found = ENTRY.match(line)
    return bool(found) and not line.lstrip().startswith("--")


def _is_csv(line: str) -> bool:
    return bool(re.match(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^,]*,", line)) and line.count(",") >= 10


def _is_json(line: str) -> bool:
    return line.startswith("{") and '"error_severity"' in line


def read(text: str) -> Log:
    """The statements of a log with their durations, in its order; the form is told by its first lines."""
    statements: list[Logged] = []
    unread: dict[str, str] = {}
    for message in _messages(text):
        duration = DURATION.match(message)
        if not duration:
            continue
        found = _statement(duration["rest"])
        if found:
            statements.append(Logged(text=found, ms=float(duration["ms"])))
        elif duration["rest"].strip() and not _is_step(duration["rest"]):
            unread.setdefault(message[:200], "the log has a duration without a statement that could be read")
    return Log(statements=tuple(statements), unread=unread)


def _is_step(rest: str) -> bool:
    """Parsing and binding are logged beside the execution of the same statement."""
    return rest.lstrip().startswith(("parse ", "bind "))


def _statement(rest: str) -> str:
    plain = STATEMENT.match(rest)
    if plain:
        return plain["text"].strip()
    explained = PLAN.match(rest)
    return _explained(explained["plan"]) if explained else ""


def _explained(plan: str) -> str:
    """The statement that auto_explain wrote before or into its plan."""
    if plan.lstrip().startswith("{"):
        try:
            return str(json.loads(plan).get("Query Text", "")).strip()
        except ValueError:
            return ""
    found = TEXT.match(plan)
    return found["text"].strip() if found else ""


def _messages(text: str) -> Iterator[str]:
    """The messages of a log, whatever its form."""
    lines = text.split("\n", BEGINNING)[:BEGINNING]
    if any(map(_is_json, lines)):
        return _of_json(text.splitlines())
    if any(map(_is_csv, lines)):
        return _of_csv(text)
    return _of_stderr(text.splitlines())


def _of_json(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        yield str(entry.get("message", "")) if isinstance(entry, dict) else ""


def _of_csv(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text)):
        if len(row) >= CSV_COLUMNS:
            yield row[CSV_MESSAGE]


def _of_stderr(lines: Iterable[str]) -> Iterator[str]:
    """A message goes on in lines that begin with a tab, or that no prefix stands before."""
    message: list[str] = []
    for line in lines:
        found = None if line.startswith("\t") else ENTRY.match(line)
        if found:
            if message:
                yield "\n".join(message)
            message = [found["message"]] if found["level"] == "LOG" else []
        elif message:
            message.append(line.removeprefix("\t"))
    if message:
        yield "\n".join(message)
