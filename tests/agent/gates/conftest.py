"""A workbench for the review, on a database that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.tools.facts import Evidence
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench


@pytest.fixture
def context(database: Database, tmp_path: Path, seen: Evidence) -> Iterator[Context]:
    """What the nodes may use; the workbench's ledger holds the evidence that was seen."""
    target = Target.open(database.conninfo, trust_role=True)
    yield Context(bench=Workbench(target, tmp_path))
    target.close()


@pytest.fixture
def runtime(context: Context) -> Runtime[Context]:
    """A run in which the nodes meet that context."""
    return Runtime(context=context)
