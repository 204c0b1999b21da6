"""What is known of a real database by its catalog."""

from __future__ import annotations

from dbengineer.tools.migrations.linting import catalog
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.lint import lint
from dbengineer.tools.schema.catalog import read
from dbengineer.tools.scratch.database import Database

SCHEMA = """
CREATE SCHEMA "Own"; CREATE DOMAIN "Own".positive AS int CHECK (VALUE > 0);
CREATE TABLE "Own".big (id int PRIMARY KEY, a varchar(20), note text CONSTRAINT there CHECK (note IS NOT NULL));
INSERT INTO "Own".big SELECT n, 'a', 'n' FROM generate_series(1, 12000) n;
CREATE INDEX partly ON "Own".big (a) WHERE a > 'b';
CREATE TABLE medium (id int REFERENCES "Own".big, n int); 
INSERT INTO medium SELECT n, n FROM generate_series(1, 5000) n;
CREATE FUNCTION steady() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION moving() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE TABLE log (day date) PARTITION BY RANGE (day); CREATE TABLE rest PARTITION OF log DEFAULT;
INSERT INTO log SELECT date '2024-02-02' FROM generate_series(1, 12000); ANALYZE;
"""
ASKED = {
    'ALTER TABLE "Own".big ALTER note SET NOT NULL': [],
    'ALTER TABLE "Own".big ALTER a TYPE varchar(40)': ["index-rebuild-under-access-exclusive"],
    'ALTER TABLE "Own".big ADD c "Own".positive': ["add-column-constrained-domain"],
    'ALTER TABLE "Own".big ADD c int DEFAULT steady()': [],
    'ALTER TABLE "Own".big ADD c int DEFAULT moving()': ["add-column-volatile-default"],
    'ALTER TABLE "Own".big ADD note text': ["fails-at-runtime"],
    "ALTER TABLE medium ADD CHECK (n > 0)": [],
    "ALTER TABLE medium DROP CONSTRAINT medium_id_fkey": ["drop-constraint"],
    "CREATE TABLE y24 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')": [
        "new-partition-scans-default"
    ],
    "CREATE INDEX i ON log (day)": ["index-not-concurrent"],
    "ALTER TABLE nowhere ADD c int": ["fails-at-runtime"],
}


def known(database: Database) -> Known:
    return catalog.known(read(database), database, database.version // 10000)


def test_sizes_types_constraints_indexes_and_functions_are_those_of_the_database(database: Database) -> None:
    database.script(SCHEMA)
    assert {sql: [f.rule for f in lint(sql, known(database))] for sql in ASKED} == ASKED


def test_a_table_that_was_never_analyzed_may_be_large(database: Database) -> None:
    database.script("CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 20000)")
    assert [f.rule for f in lint("CREATE INDEX ON t (id)", known(database))] == ["index-not-concurrent"]
