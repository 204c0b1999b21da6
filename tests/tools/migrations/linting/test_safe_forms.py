"""The corrected migrations: they are SQL, they run, and nothing is found in them."""

from __future__ import annotations

import pytest

from dbengineer.evals import migrations_score as scores
from dbengineer.tools.migrations.linting import applying, reading
from dbengineer.tools.migrations.linting.judge import Judge
from dbengineer.tools.migrations.linting.lint import lint
from dbengineer.tools.migrations.linting.rules import rules

SCHEMA = """
CREATE TABLE "Order" (id bigint NOT NULL, "user" int, note text, total numeric);
CREATE UNIQUE INDEX order_ids ON "Order" (id);
INSERT INTO "Order" SELECT n, n, 'n' || n, n FROM generate_series(1, 12000) n;
CREATE TABLE person (id int PRIMARY KEY); INSERT INTO person SELECT generate_series(1, 12000);
CREATE TABLE log (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO log SELECT date '2024-02-02' FROM generate_series(1, 12000);
"""
WHOLE = (
    'ALTER TABLE "Order" ADD CONSTRAINT positive CHECK (total > 0)',
    "ALTER TABLE \"Order\" ADD CHECK (total > 0 AND note <> 'x')",
    'ALTER TABLE "Order" ADD COLUMN rank int CHECK (rank > 0)',
    'ALTER TABLE "Order" ADD FOREIGN KEY ("user") REFERENCES person (id) ON DELETE CASCADE',
    'ALTER TABLE "Order" ADD COLUMN payer int DEFAULT 1 REFERENCES person',
    'ALTER TABLE "Order" ADD UNIQUE ("user", note)',
    'ALTER TABLE "Order" ADD COLUMN tag text UNIQUE',
    'ALTER TABLE "Order" ADD PRIMARY KEY (id)',
    'ALTER TABLE "Order" ALTER COLUMN note SET NOT NULL',
    'ALTER TABLE "Order" ADD COLUMN twice numeric GENERATED ALWAYS AS (total * 2) STORED',
    'ALTER TABLE "Order" ADD COLUMN extra json',
    "CREATE INDEX ON \"Order\" USING gin (to_tsvector('simple', note)) WHERE total > 5",
    "CREATE INDEX days ON log (day)",
    "DROP INDEX order_ids",
    'REINDEX TABLE "Order"',
    "ALTER TABLE log DETACH PARTITION log_1",
)


@pytest.mark.parametrize("statement", WHOLE)
def test_the_corrected_form_runs_and_is_safe(statement: str, judge: Judge) -> None:
    found = lint(statement, applying.build(SCHEMA))
    assert len(found) == 1
    assert judge.lint(found[0].safe_form, SCHEMA) == []


def test_on_older_versions_not_null_is_proved_by_a_check() -> None:
    found = lint("ALTER TABLE person ALTER id SET NOT NULL", applying.build(None, version=15))
    assert "CHECK (id IS NOT NULL) NOT VALID" in found[0].safe_form
    assert lint(found[0].safe_form, applying.build(None, version=15)) == []


def test_what_a_person_has_to_fill_in_is_marked_and_the_rest_is_sql() -> None:
    forms = [
        f.safe_form for c in scores.cases(scores.OWN_CASES) for f in lint(c["sql"], applying.build(c.get("setup")))
    ]
    whole = [form for form in forms if "…" not in form and ":from" not in form]
    assert len(whole) > 10
    for form in whole:
        reading.read(form)
    assert all(forms)


def test_every_rule_says_what_it_catches_and_why() -> None:
    every = rules()
    assert len(every) > 50
    assert all(rule.catches and rule.why for rule in every.values())
