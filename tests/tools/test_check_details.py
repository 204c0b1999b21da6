"""What single checks say where a plain case is not enough."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dbengineer.tools import checking
from dbengineer.tools.facts import Coverage, Finding
from dbengineer.tools.scratch.database import Database


def found(name: str, database: Database) -> list[Finding]:
    """The findings of one check."""
    check = checking.all_checks()[name]
    return list(checking.run(check, database, Coverage(what=check.examines, examined=1, total=1)).findings)


def test_no_key_is_drafted_that_a_partitioned_or_inheriting_table_would_refuse(database: Database) -> None:
    database.script("""
        CREATE TABLE days (day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE animals (id int PRIMARY KEY);
        CREATE TABLE dogs (breed text) INHERITS (animals);
        CREATE TABLE plain (what text)""")
    fixes = {f.object: f.fix for f in found("table_without_primary_key", database)}
    assert fixes.keys() == {"public.days", "public.dogs", "public.plain"}
    assert fixes["public.days"] == fixes["public.dogs"] == ""
    assert "ADD COLUMN row_id" in fixes["public.plain"]


@pytest.mark.parametrize(("spans", "left", "told"), [(31, 6, True), (31, 20, False), (1, 3, False), (365, 25, True)])
def test_the_end_of_the_last_partition_is_told_while_there_is_time(
    database: Database, spans: int, left: int, told: bool
) -> None:
    ends = date.today() + timedelta(days=left)
    first, last = ends - timedelta(days=2 * spans), ends - timedelta(days=spans)
    database.script(f"""
        CREATE TABLE readings (at timestamptz NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('{first}') TO ('{last}');
        CREATE TABLE readings_2 PARTITION OF readings FOR VALUES FROM ('{last}') TO ('{ends}')""")
    assert [f.object for f in found("no_future_partition", database)] == (["public.readings"] if told else [])


def test_a_setting_without_a_value_is_called_empty(database: Database) -> None:
    (finding,) = found("connection_logging_off", database)
    assert finding.detail in ("log_connections is empty", "log_connections is off")
