"""A lease: one process alone is at a piece of work, and its death, however sudden, lets go of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.waiting import until

from dbengineer.agent import memory
from dbengineer.tools.scratch.database import Database

HOLDER = """
import sys, time
from pathlib import Path
from dbengineer.agent import memory
with memory.lease("review-1", Path(sys.argv[1]), sys.argv[2] or None) as ours:
    print(ours, flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["file", "database"])
def state(request: pytest.FixtureRequest, database: Database) -> str | None:
    """Where the memory lies: in a file, or in a PostgreSQL of its own."""
    return database.conninfo if request.param == "database" else None


@pytest.fixture
def holder(state: str | None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path), state or ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def ours(name: str, folder: Path, state: str | None) -> bool:
    with memory.lease(name, folder, state) as held:
        return held


def test_a_lease_is_held_by_one_and_ends_with_its_process(
    holder: subprocess.Popen[str], state: str | None, tmp_path: Path
) -> None:
    assert not ours("review-1", tmp_path, state)
    assert ours("review-2", tmp_path, state)
    holder.send_signal(signal.SIGKILL)
    assert until(lambda: ours("review-1", tmp_path, state))


def test_an_ended_lease_can_be_taken_again(state: str | None, tmp_path: Path) -> None:
    assert [ours("review-1", tmp_path, state) for _ in range(2)] == [True, True]
