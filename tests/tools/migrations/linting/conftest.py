"""One scratch server that judges all migrations of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbengineer.tools.migrations.linting.judge import Judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """A judge with a server of its own."""
    with Judge() as judge:
        yield judge
