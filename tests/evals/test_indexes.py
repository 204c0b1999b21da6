"""The benchmarks of the index advisor: parameters stay the same for a seed, cases are judged by their maintainers."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbengineer.evals.indexes import cases, parameters, tpch
from dbengineer.tools.scratch.server import Server


def test_other_parameters_are_the_same_for_a_seed_and_leave_the_statements_as_they_are() -> None:
    first, again, other = (parameters.statements(seed) for seed in (1, 1, 2))
    assert first == again != other
    assert [s.fingerprint for s in first] == [s.fingerprint for s in tpch.statements()]
    assert sum(a.text != b.text for a, b in zip(first, tpch.statements(), strict=True)) >= 18


@pytest.mark.parametrize(
    ("advised", "right"),
    [
        ("(category_id, bumped_at) WHERE deleted_at IS NULL", True),
        ("(bumped_at, category_id, title) WHERE deleted_at IS NULL", True),
        ("(category_id, bumped_at)", False),
        ("(category_id) WHERE deleted_at IS NULL", False),
    ],
)
def test_an_index_is_as_good_with_the_same_leading_keys_and_condition(advised: str, right: bool) -> None:
    made, wanted = (_index(body) for body in (advised, "(category_id, bumped_at) WHERE deleted_at IS NULL"))
    assert cases._as_good(made, wanted) is right


def test_a_case_finds_the_index_that_its_maintainers_added(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = cases.read()
    assert len(every) >= 30
    monkeypatch.setattr(cases, "read", lambda: [c for c in every if c.name == "notifications-unread"])
    (found,) = cases.run(server, tmp_path, lambda said: None)
    assert (found.name, found.place) == ("notifications-unread", 1)


def _index(body: str) -> cases.Candidate:
    from dbengineer.tools.indexes import ddl
    from dbengineer.tools.queries import sql

    statement = sql.parse(f"CREATE INDEX ON topics {body}").index_stmt
    return ddl._candidate(statement, "public.topics", "btree")
