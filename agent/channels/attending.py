"""Which questions a server is at, so that a conversation says of a killed server that its answer was interrupted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from dbengineer.agent import memory
from dbengineer.agent.channels.threads import Archive, Underway
from dbengineer.agent.settings import Settings

LEFT = "The answer was interrupted: the server ended before it was given. Ask again."
GOES_ON = "The answer was interrupted: the server ended before it was given. The review goes on; its result follows."


class Attending:
    """One server among those that share a memory; it is there as long as it holds its lease."""

    def __init__(self, archive: Archive, settings: Settings) -> None:
        self._archive = archive
        self._leases = settings.out / ".server"
        self._state = settings.state
        self.name = uuid.uuid4().hex

    @contextmanager
    def here(self) -> Iterator[None]:
        """Holds the lease while the block lasts."""
        with memory.lease(self._lease(self.name), self._leases, self._state):
            yield
        self._forget(self.name)

    def take(self, thread: str) -> Underway:
        """Notes that the last question of a conversation is being answered here."""
        return self._archive.take(thread, self.name)

    def leave(self, work: Underway) -> None:
        """Notes that it is not any more."""
        self._archive.leave(work)

    def tell_of_the_gone(self) -> None:
        """Says in the conversations of servers that are gone what became of their answers."""
        works = self._archive.underway()
        for server in {work.server for work in works} - {self.name}:
            with memory.lease(self._lease(server), self._leases, self._state) as gone:
                for work in works if gone else ():
                    if work.server == server:
                        self._tell(work)
            if gone:
                self._forget(server)

    def _tell(self, work: Underway) -> None:
        goes_on = any(job.thread == work.thread for job in self._archive.unfinished())
        self._archive.add(work.thread, GOES_ON if goes_on else LEFT, unanswered=True)
        self._archive.leave(work)

    def _forget(self, server: str) -> None:
        """Takes away the file of a lease that nobody takes again; a database has none."""
        (self._leases / f"{self._lease(server)}.lease").unlink(missing_ok=True)

    @staticmethod
    def _lease(server: str) -> str:
        return f"server-{server}"
