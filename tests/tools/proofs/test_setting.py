"""Settings are proven by a server of our own that takes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.proofs import prove
from dbengineer.tools.workbench import Rows, Workbench

CASES = [
    ("ALTER SYSTEM SET log_lock_waits = 'on'", "ALTER SYSTEM RESET log_lock_waits", "proven", "loads it"),
    ("ALTER SYSTEM SET max_connections = 57", "ALTER SYSTEM RESET max_connections", "proven", "needs a restart"),
    ("ALTER SYSTEM SET random_page_cost = 'cheap'", "ALTER SYSTEM RESET random_page_cost", "refuted", "invalid value"),
    ("ALTER SYSTEM SET work_mem = '1kB'", "ALTER SYSTEM RESET work_mem", "refuted", "outside the valid range"),
    ("ALTER SYSTEM SET does_not_exist = 1", "ALTER SYSTEM RESET does_not_exist", "refuted", "has no setting"),
    ("ALTER SYSTEM SET work_mem = '8MB'", "ALTER SYSTEM RESET hash_mem_multiplier", "refuted", "way back"),
    ("ALTER SYSTEM SET work_mem = '8MB'", "", "unproven", "way back"),
    ("ALTER DATABASE shop SET work_mem = '8MB'", "ALTER DATABASE shop RESET work_mem", "proven", "loads it"),
    (
        "ALTER SYSTEM SET shared_preload_libraries = 'not_there'",
        "ALTER SYSTEM RESET shared_preload_libraries",
        "unproven",
        "does not start",
    ),
    ("SELECT 1", "SELECT 1", "unproven", "no ALTER"),
]


@pytest.mark.parametrize(("sql", "undo", "verdict", "words"), CASES)
def test_a_server_of_our_own_takes_a_setting_or_refuses_it(
    make_bench: Callable[[Rows], Workbench], sql: str, undo: str, verdict: str, words: str
) -> None:
    recommendation = Recommendation(
        id="setting-1", deliverable="monitoring", kind="setting", title="t", why="w", sql=sql, undo=undo
    )
    proof = prove(make_bench("none"), recommendation)
    assert proof.verdict == verdict, proof.reason
    assert words in proof.reason
