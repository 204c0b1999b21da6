"""Verdicts for people and machines: a question with a migration in it, and what is said of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.linting import applying, lint, reading
from dbengineer.tools.migrations.linting.judge import Judge, NotRun
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Unreadable
from dbengineer.tools.migrations.linting.rule import Finding
from dbengineer.tools.scratch.errors import ScratchError

EXAMPLE = (
    '{"id": 1, "sql": "ALTER TABLE t ADD COLUMN c int", "setup": "CREATE TABLE t (id int)", "transactional": false}'
)

Rehearse = Callable[[str, Known, bool], list[Finding]]


class BadQuestion(Exception):
    """A line of the input that is not a question; the message says why. `given` is its id, where it has one."""

    def __init__(self, why: str, given: Any = None) -> None:
        super().__init__(f"{why}; write {EXAMPLE}")
        self.given = given


class Question(Fact):
    """A migration, the SQL of the schema it is for, and whether who runs it puts it into one transaction."""

    id: Any
    sql: str
    setup: str | None = None
    transactional: bool = False


class Verdict(Fact):
    """What is said of a migration; `error` where it could not be read, `not_run` why it could not be rehearsed."""

    id: Any
    findings: tuple[Finding, ...] = ()
    error: str = ""
    not_run: str = ""

    @property
    def safe(self) -> bool:
        """Whether it could be read and nothing was found."""
        return not (self.findings or self.error)

    def as_json(self) -> dict[str, Any]:
        """As the interface for machines has it; `error` is there only where there is one."""
        said = {"id": self.id, "safe": self.safe, "findings": lint.described(list(self.findings))}
        return said | ({"error": self.error} if self.error else {})


def question(line: str | bytes) -> Question:
    """The question in a line of JSON; raises BadQuestion."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadQuestion(f"it is not JSON ({type(error).__name__})") from None
    if not isinstance(asked, dict) or "id" not in asked:
        raise BadQuestion('it is not an object with an "id"')
    kinds = {"sql": str, "setup": str | None, "transactional": bool | None}
    for name, kind in kinds.items():
        if not isinstance(asked.get(name), kind):
            raise BadQuestion(f"{name!r} is missing or of the wrong type", asked["id"])
    return Question(
        id=asked["id"], sql=asked["sql"], setup=asked.get("setup"), transactional=bool(asked.get("transactional"))
    )


def file(path: Path, *, setup: str | None = None, transactional: bool | None = None) -> Question:
    """The question whether a file is safe; raises OSError and UnicodeDecodeError where it cannot be read.

    Where nobody says, a Flyway script runs in one transaction unless its .conf or its statements say otherwise, and any
    other file statement by statement, as psql runs it.
    """
    sql = path.read_text(encoding="utf-8-sig")
    whole = _flyway_transaction(path, sql) if transactional is None else transactional
    return Question(id=str(path), sql=sql, setup=setup, transactional=whole)


def _flyway_transaction(path: Path, sql: str) -> bool:
    if not (path.name[:1] in "VUR" and "__" in path.name):
        return False
    conf = path.with_name(f"{path.name}.conf")
    if conf.exists() and "executeintransaction=false" in conf.read_text().replace(" ", "").lower():
        return False
    every = reading.parsed(sql)
    return not (every and all(statements.alone(s.text) for s in every))


class Linter:
    """Answers questions: from the text; with `judge` by running on `setup`, with `rehearse` on a copy of `target`."""

    def __init__(
        self,
        target: Known | None = None,
        judge: Judge | None = None,
        rehearse: Rehearse | None = None,
        version: int = 18,
    ) -> None:
        self._target = target
        self._judge = judge
        self._rehearse = rehearse
        self._version = version

    def verdict(self, question: Question) -> Verdict:
        """What is said of one migration; whatever cannot be read is answered with an error."""
        try:
            return self._judged(question)
        except Unreadable as error:
            return Verdict(id=question.id, error=f"sql, {error}")
        except ScratchError:
            raise  # the server is at fault, and with it all that follow
        except Exception as error:  # whatever one migration brings about must not keep the others from being judged
            return Verdict(id=question.id, error=f"it could not be judged ({type(error).__name__})")

    def _judged(self, asked: Question) -> Verdict:
        known = self._known(asked)
        not_run = ""
        try:
            if self._judge and (asked.setup is not None or self._target is None):
                found = self._judge.lint(asked.sql, asked.setup, transactional=asked.transactional)
                return Verdict(id=asked.id, findings=tuple(found))
            if self._rehearse and asked.setup is None:
                found = self._rehearse(asked.sql, known, asked.transactional)
                return Verdict(id=asked.id, findings=tuple(found))
        except NotRun as error:
            not_run = str(error)
        found = lint.lint(asked.sql, known, transactional=asked.transactional)
        return Verdict(id=asked.id, findings=tuple(found), not_run=not_run)

    def _known(self, asked: Question) -> Known:
        if asked.setup is None and self._target is not None:
            return copy.deepcopy(self._target)
        try:
            return applying.build(asked.setup, version=self._version)
        except Unreadable as error:
            raise Unreadable(f"the setup cannot be read: {error}", error.line) from None
