"""Filling a column in batches: each its own transaction, by key, so that it can be stopped and started again."""

from __future__ import annotations

from dbengineer.tools.migrations.drafting.state import Table
from dbengineer.tools.scratch.database import quoted

BATCH = 5000
BY_KEY = """DO $backfill$
DECLARE
    reached {type};
    upto {type};
BEGIN
    LOOP
        SELECT b.key INTO upto FROM (
            SELECT {key} AS key FROM {table} WHERE reached IS NULL OR {key} > reached ORDER BY {key} LIMIT {batch}
        ) b ORDER BY b.key DESC LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE {table} SET {column} = {value}
        WHERE (reached IS NULL OR {key} > reached) AND {key} <= upto AND {column} IS NULL;
        reached := upto;
        COMMIT;
    END LOOP;
END
$backfill$"""
BY_PLACE = """DO $backfill$
DECLARE
    filled bigint;
BEGIN
    LOOP
        UPDATE {table} SET {column} = {value}
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {column} IS NULL LIMIT {batch}));
        GET DIAGNOSTICS filled = ROW_COUNT;
        COMMIT;
        EXIT WHEN filled = 0;
    END LOOP;
END
$backfill$"""


def backfill(table: Table, column: str, value: str) -> str:
    """Puts a value where a column holds NULL; run again after it was stopped, it goes on with what is left."""
    key = table.column(table.key[0]) if len(table.key) == 1 else None
    named = {"table": table.qualified, "column": quoted(column), "value": value, "batch": BATCH}
    if key is None:
        return BY_PLACE.format(**named)
    return BY_KEY.format(**named, key=quoted(key.name), type=key.type)
