"""Statements on partitioned tables get indexes as others do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbengineer.tools.indexes import advice, candidates, execution, statistics, what_if
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries import workload
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.shadow import hypothetical_index, make_shadow
from dbengineer.tools.target import Target

EVENTS = """
CREATE TABLE events (id bigint, tenant int NOT NULL, at timestamptz NOT NULL, kind text) PARTITION BY LIST (tenant);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1) PARTITION BY RANGE (at);
CREATE TABLE events_1_old PARTITION OF events_1 FOR VALUES FROM (MINVALUE) TO ('2026-06-01');
CREATE TABLE events_1_new PARTITION OF events_1 FOR VALUES FROM ('2026-06-01') TO (MAXVALUE);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events SELECT i, 1 + i % 3, timestamptz '2026-01-01' + i * interval '10 minutes', 'k' || i % 2000
FROM generate_series(1, 40000) i;
"""
ASKED = workload.unknown("SELECT id FROM events WHERE kind = $1")
KIND = Candidate(table="public.events", keys=(Key(expression="kind"),), partitioned=True)


@pytest.fixture
def events(database: Database) -> Database:
    """Events in partitions of two levels, each analyzed, as autovacuum does it."""
    database.script(EVENTS)
    database.script("ANALYZE events_1_old; ANALYZE events_1_new; ANALYZE events_rest")
    return database


@pytest.fixture
def shadow(server: Server, events: Database) -> Iterator[Database]:
    """A copy to plan with."""
    target = Target.open(events.conninfo, trust_role=True)
    copy = make_shadow(target, server, events.name + "_shadow")
    yield copy.database
    copy.database.close()
    server.drop(copy.database.name)
    target.close()


def test_a_partitioned_table_has_the_rows_of_its_parts(events: Database) -> None:
    whole = statistics.read(events)["public.events"]
    parts = [statistics.read(events)[f"public.{name}"] for name in ("events_1_old", "events_1_new", "events_rest")]
    assert whole.rows == sum(p.rows for p in parts) == 40000
    assert whole.pages == sum(p.pages for p in parts)
    assert whole.columns["kind"].distinct > 500


def test_its_statements_have_candidates_that_are_not_made_concurrently(events: Database) -> None:
    found = candidates.candidates({"f": ASKED.text}, catalog.read(events), statistics.read(events))
    assert KIND in found
    assert KIND.create() == f"CREATE INDEX {KIND.name} ON public.events (kind)"
    assert "CONCURRENTLY" not in KIND.undo()


def test_what_is_there_for_all_parts_is_no_candidate(events: Database) -> None:
    events.script("CREATE INDEX ON events (kind)")
    assert KIND not in candidates.candidates({"f": ASKED.text}, catalog.read(events), statistics.read(events))


def test_the_planner_uses_the_index_in_every_part_only_while_it_is_shown(shadow: Database) -> None:
    with Planner(shadow, create=hypothetical_index) as planner:
        assert planner.add([KIND]) == [KIND]
        assert planner.used(ASKED, frozenset({KIND.name})) == {KIND.name}
        assert planner.cost(ASKED, frozenset({KIND.name})) < planner.cost(ASKED) / 5
        assert planner.plan(ASKED, frozenset()).indexes() == frozenset()
    assert shadow.query("SELECT FROM pg_class WHERE relname LIKE 'ix\\_%'") == []


def test_many_can_be_tried_one_after_the_other(shadow: Database) -> None:
    for keys in (("kind",), ("id", "kind"), ("at", "id"), ("kind", "at"), ("id",), ("kind", "id")):
        candidate = KIND.model_copy(update={"keys": tuple(Key(expression=key) for key in keys)})
        with Planner(shadow, create=hypothetical_index) as planner:
            assert planner.add([candidate, KIND])
    assert shadow.query("SELECT FROM pg_class WHERE relname LIKE '%kind%'") == []


def test_it_is_made_and_taken_away_where_rows_are(events: Database) -> None:
    with execution.made(events, KIND.sql()) as (_, indexes):
        assert len(indexes) == 5
        assert sum(indexes.values()) > 0
    with what_if.built(events, KIND.create(), 1):
        pass
    assert list(catalog.read(events).indexes) == []


def test_what_was_written_to_the_parts_counts_for_the_whole(events: Database) -> None:
    events.script("UPDATE events SET kind = 'x' WHERE id < 11; SELECT pg_stat_force_next_flush()")
    target = Target.open(events.conninfo, trust_role=True)
    written = target.query(advice.WRITES, (["public.events"],))
    target.close()
    assert written == [{"name": "public.events", "inserted": 40000, "updated": 10}]
