"""What is known of columns, where ANALYZE sees too little."""

from __future__ import annotations

from dbengineer.tools.indexes import statistics
from dbengineer.tools.scratch.database import Database


def test_a_primary_key_tells_how_many_values_its_columns_have_at_least(database: Database) -> None:
    database.script(
        "CREATE TABLE lines (note text, line int, ordered int, PRIMARY KEY (ordered, line));"
        "INSERT INTO lines SELECT '', i % 4, i / 4 FROM generate_series(0, 3999) i;"
        "ALTER TABLE lines ALTER ordered SET (n_distinct = 50); ANALYZE lines"
    )
    table = statistics.read(database)["public.lines"]
    assert table.columns["ordered"].distinct == 1000
    assert table.columns["line"].distinct == 4
