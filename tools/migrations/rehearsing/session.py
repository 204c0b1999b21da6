"""Running the transactions of a migration while they are watched: what each statement locks, holds and does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.locks import Held
from dbengineer.tools.migrations.rehearsing.scripts import Block
from dbengineer.tools.migrations.running import LOCKS, RELATIONS, Runner, Step, words
from dbengineer.tools.scratch.database import Database

Between = Callable[[], None]


class Ran(Fact):
    """A statement as it ran: `step.locks` are those it took, `held` those its transaction held when it began.

    `bounded`: the migration has set a lock_timeout of its own.
    """

    step: Step
    transaction: int
    held: tuple[Held, ...] = ()
    bounded: bool = False


class Session(Runner):
    """A session on a copy that runs transactions of several statements as a migration runner does."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._open = False
        self._timeout = self._lock_timeout()

    def run_all(self, blocks: Iterable[Block]) -> tuple[Ran, ...]:
        """Runs the transactions in order, up to the first statement that fails; its transaction is rolled back."""
        ran: list[Ran] = []
        for number, block in enumerate(blocks, 1):
            ran += self._block(block, number) if block.transaction else self._by_itself(block, number)
            if ran and ran[-1].step.error:
                break
        return tuple(ran)

    def _by_itself(self, block: Block, number: int) -> list[Ran]:
        bounded = self._lock_timeout() != self._timeout
        return [Ran(step=self.run(s), transaction=number, bounded=bounded) for s in block.statements]

    def _block(self, block: Block, number: int) -> list[Ran]:
        known = self._relations()
        self.worker.script("BEGIN")
        self._open = True
        there = {row["name"] for row in known.values()}
        ran: list[Ran] = []
        held: tuple[Held, ...] = ()
        for statement in block.statements:
            bounded = self._lock_timeout() != self._timeout
            step = self.run(statement)
            now = tuple(lock for lock in step.locks if lock.relation in there)
            new = tuple(lock for lock in now if lock not in held)
            new_step = step.model_copy(update={"locks": new})
            ran.append(Ran(step=new_step, transaction=number, held=held, bounded=bounded))
            held = now or held
            if step.error:
                break
        self._open = False
        return self._ended(ran)

    def _ended(self, ran: list[Ran]) -> list[Ran]:
        """Commits; what is only checked then (deferred constraints) fails the last statement."""
        try:
            self.worker.script("ROLLBACK" if ran and ran[-1].step.error else "COMMIT")
        except psycopg.Error as refused:
            failed = ran[-1].step.model_copy(update={"error": f"at COMMIT: {words(refused)}"})
            return [*ran[:-1], ran[-1].model_copy(update={"step": failed})]
        return ran

    def _lock_timeout(self) -> str:
        return str(self.worker.query("SELECT current_setting('lock_timeout') AS value")[0]["value"])

    def _inside(self, statement: str) -> list[dict[str, Any]]:
        if not self._open:
            return super()._inside(statement)
        return self._joined(statement)

    def _watched(self, statement: str) -> list[dict[str, Any]]:
        # In a transaction the server refuses such a statement, as it would there.
        return self._joined(statement) if self._open else super()._watched(statement)

    def _joined(self, statement: str) -> list[dict[str, Any]]:
        self.worker.script(statement)
        return self.worker.query(LOCKS.format(pid="pg_backend_pid()"))

    def _relations(self) -> dict[int, dict[str, Any]]:
        """What is there; a change that is not committed is seen by its own session alone."""
        if not self._open:
            return super()._relations()
        if self.worker.connection.info.transaction_status == TransactionStatus.INERROR:
            return {}
        return {row["oid"]: row for row in self.worker.query(RELATIONS)}


def apply(database: Database, blocks: Iterable[Block]) -> str:
    """Runs transactions without watching; gives back the server's words about the statement that failed, if one did."""
    session = Database(database.name, database.conninfo)
    try:
        for block in blocks:
            statement = ""
            try:
                session.script("BEGIN") if block.transaction else None
                for statement in block.statements:
                    session.script(statement)
                session.script("COMMIT") if block.transaction else None
            except psycopg.Error as refused:
                return f"{words(refused)} ({' '.join(statement.split())[:200]})"
    finally:
        session.close()
    return ""
