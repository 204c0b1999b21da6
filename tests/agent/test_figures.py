"""A number that nothing has shown is struck out of an answer; one that was measured stands."""

from __future__ import annotations

import pytest

from dbengineer.agent.figures import Known, checked
from dbengineer.agent.state import Call, Made, Request, State
from dbengineer.tools.facts import Result
from dbengineer.tools.ledger import Ledger


@pytest.fixture
def known(ledger: Ledger) -> Known:
    saw = {"ms": 148.26, "rows": 1_234_567, "bytes": 52_428_800, "share": 0.42}
    ledger.record("workload", "target", "SELECT 1", saw, 1.5)
    made = Made(call=Call(tool="size"), result=Result(summary="17 tables take 50 MB"))
    state: State = {"request": Request(text="why 31337?", deliverables=()), "made": [made]}
    return Known(state, ledger)


@pytest.mark.parametrize(
    "said",
    [
        "It takes 148.26 ms.",
        "It takes 148 ms, so 0.15 s.",
        "About 1,234,567 rows, roughly 1,200,000.",
        "It takes 50 MB; the 17 tables are small.",
        "42 % of them, as you say of 31337.",
        "Keep it under 100 ms and the hit ratio above 99 %.",
        "Run `SELECT 4711` and `LIMIT 98765`.",
        "1. Look.\n2. Think.\n88) Do.",
        "See ev-12345678abcdef99 of table_2024 on 2026-11-25 at 12:45 in v3.9.1 with $77.",
    ],
)
def test_what_was_seen_stands(known: Known, said: str) -> None:
    assert "".join(checked([said], known)) == said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("It saves 8,675,309 rows.", "It saves ~~8,675,309~~ (no evidence) rows."),
        ("It takes 149 ms.", "It takes ~~149 ms~~ (no evidence)."),
        ("It is 93.7% faster", "It is ~~93.7%~~ (no evidence) faster"),
        ("Run `SELECT 4711`, it is 4711.", "Run `SELECT 4711`, it is ~~4711~~ (no evidence)."),
    ],
)
def test_what_nothing_has_shown_is_struck_out(known: Known, said: str, told: str) -> None:
    assert "".join(checked([said], known)) == told


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_pieces_make_no_difference(known: Known, size: int) -> None:
    said = "1. It takes 148 ms or 149 ms.\n2. It is 8,675,309 rows, `LIMIT 31`, and 17 tables; 93.7 % more"
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    assert "".join(checked(pieces, known)) == "".join(checked([said], known))
    assert "".join(checked([said], known)).count("~~") == 6
