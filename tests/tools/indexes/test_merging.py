"""One index where two were recommended."""

from __future__ import annotations

import pytest

from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.merging import merged
from dbengineer.tools.proofs import both
from dbengineer.tools.schema import catalog
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.scratch.database import Database


@pytest.fixture
def schema(database: Database) -> Schema:
    database.script("CREATE TABLE tasks (id bigint PRIMARY KEY, user_id bigint, due date, done boolean)")
    return catalog.read(database)


def recommended(name: str, sql: str, kind: str = "ddl") -> Recommendation:
    given = {"id": name, "deliverable": "indexes", "kind": kind, "title": name, "why": "", "sql": sql}
    return Recommendation.model_validate({**given, "solves": (f"check:{name}",), "evidence": (f"ev-{name}",)})


def test_the_longer_index_answers_for_the_shorter(schema: Schema) -> None:
    short = recommended("short", "CREATE INDEX CONCURRENTLY ON public.tasks (user_id)")
    long = recommended("long", "CREATE INDEX CONCURRENTLY ON public.tasks (user_id, due)", "index")
    (one,) = merged([short, long], schema)
    assert one.id == "long"
    assert one.solves == ("check:long", "check:short")
    assert one.evidence == ("ev-long", "ev-short")


def test_the_same_index_twice_is_one(schema: Schema) -> None:
    sql = "CREATE INDEX CONCURRENTLY ON public.tasks (user_id)"
    assert len(merged([recommended("a", sql), recommended("b", sql + ";")], schema)) == 1


@pytest.mark.parametrize(
    "other",
    [
        "CREATE INDEX CONCURRENTLY ON public.tasks (due, user_id)",
        "CREATE INDEX CONCURRENTLY ON public.tasks (user_id) WHERE done",
        "ALTER TABLE public.tasks ADD CONSTRAINT c CHECK (user_id > 0)",
    ],
)
def test_what_another_index_does_not_serve_stays(schema: Schema, other: str) -> None:
    index = recommended("index", "CREATE INDEX CONCURRENTLY ON public.tasks (user_id)")
    names = {r.id for r in merged([recommended("other", other), index], schema)}
    assert "index" in names


def test_of_two_that_serve_each_other_the_one_for_statements_stays(schema: Schema) -> None:
    sql = "CREATE INDEX CONCURRENTLY ON public.tasks (user_id)"
    for_key, for_statement = recommended("key", sql), recommended("statement", sql + ";", "index")
    assert [r.id for r in merged([for_statement, for_key], schema)] == ["statement"]


def test_a_unique_index_answers_for_a_plain_one_and_never_goes(schema: Schema) -> None:
    unique = recommended("unique", "CREATE UNIQUE INDEX CONCURRENTLY ON public.tasks (user_id)")
    plain = recommended("plain", "CREATE INDEX CONCURRENTLY ON public.tasks (user_id)", "index")
    (one,) = merged([plain, unique], schema)
    assert one.id == "unique"
    assert "check:plain" in one.solves


def test_two_proofs_are_as_good_as_the_worse_of_them() -> None:
    good = Proof(recommendation="r", verdict="proven", reason="faster", evidence=("ev-1",))
    bad = Proof(recommendation="r", verdict="refuted", reason="refused", evidence=("ev-2",))
    assert both(good, bad) == Proof(
        recommendation="r", verdict="refuted", reason="faster; refused", evidence=("ev-1", "ev-2")
    )


def test_an_index_takes_the_extension_that_was_made_for_it_away_again() -> None:
    words = Candidate(table="public.tasks", keys=(Key(expression="title"),), method="gin", extension="pg_trgm")
    assert words.sql().startswith("CREATE EXTENSION IF NOT EXISTS pg_trgm;")
    assert words.undo().endswith("DROP EXTENSION IF EXISTS pg_trgm;")
    assert "EXTENSION" not in words.model_copy(update={"extension": ""}).undo()
