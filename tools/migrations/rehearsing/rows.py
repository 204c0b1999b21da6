"""Made-up rows for the tables of a copy, as wide and as varied as the planner's statistics say, and their digests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from dbengineer.tools.migrations.running import words
from dbengineer.tools.scratch.database import Database, quoted

TABLES = """
SELECT c.oid::int8 AS oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'p' AS parent,
       ARRAY(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND EXISTS (
         SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY(i.indkey))) AS keys,
       ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
             WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)' AND c.relname <> 'flyway_schema_history' AND NOT (
    c.relnatts = 1 AND EXISTS (SELECT FROM pg_attribute v WHERE v.attrelid = c.oid AND v.attname = 'version_num'))"""
COLUMNS = """
SELECT a.attrelid::int8 AS oid, a.attnum AS number, a.attname AS name, a.attnotnull AS needed,
       format_type(a.atttypid, a.atttypmod) AS type, a.atttypmod AS modifier, t.typcategory::text AS category,
       format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, NULL) AS base,
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS size,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e
             WHERE e.enumtypid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
             ORDER BY e.enumsortorder) AS labels,
       CASE WHEN el.typname IS NOT NULL AND t.typcategory = 'A' THEN format_type(el.oid, NULL) END AS element,
       s.stawidth AS width, s.stadistinct AS distinct, s.stanullfrac AS nulls
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type el ON el.oid = t.typelem
LEFT JOIN pg_statistic s ON s.starelid = a.attrelid AND s.staattnum = a.attnum AND NOT s.stainherit
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND a.attrelid = ANY(%s) ORDER BY a.attrelid, a.attnum"""
STORED = """
SELECT format('%I.%I', n.nspname, c.relname) AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND pg_relation_size(c.oid) > 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
GROUP BY c.oid, 1 ORDER BY 1"""

RARE = 50
"""So few different values are as many in every sample."""

Digests = dict[str, str]


def fill(
    database: Database, count: int, only: Iterable[str] = (), sizes: dict[str, int] | None = None, *, anew: bool = False
) -> list[str]:
    """Puts `count` made-up rows into the tables (all, or `only` some); notes name the tables that took none.

    `sizes` says how many rows a table really has, to make values as rare as there. Triggers and foreign keys do not
    fire; rows of the same number fit each other, so that a foreign key between columns of one type holds. `anew` throws
    away what was there.
    """
    session = Database(database.name, database.conninfo)
    notes: list[str] = []
    try:
        session.script("SET session_replication_role = replica; SET client_min_messages = error")
        wanted = set(only)
        tables = [t for t in session.query(TABLES) if not wanted or t["name"] in wanted]
        columns = session.query(COLUMNS, ([t["oid"] for t in tables],))
        if anew and tables:
            session.script(f"TRUNCATE {', '.join(t['name'] for t in tables)} CASCADE")
        for table in tables:
            own = [c for c in columns if c["oid"] == table["oid"]]
            notes += _fill(session, table, own, count, (sizes or {}).get(table["name"], count))
    finally:
        session.close()
    return notes


def _fill(session: Database, table: dict[str, Any], columns: list[dict[str, Any]], count: int, size: int) -> list[str]:
    if session.query(f"SELECT FROM {table['name']} LIMIT 1"):
        return []
    names = ", ".join(quoted(c["name"]) for c in columns)
    values = ", ".join(_value(c, table, count, size) for c in columns)
    statement = f"INSERT INTO {table['name']} ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
    try:
        session.script(f"{statement} FROM generate_series(1, {count}) g" if names else "SELECT 1")
    except psycopg.Error as refused:
        return [f"no rows could be made up for {table['name']}: {words(refused).split(';')[0]}"]
    return []


def _value(column: dict[str, Any], table: dict[str, Any], count: int, size: int) -> str:
    """An expression of g, the number of the row, for one column."""
    unique = column["number"] in table["keys"]
    number = "g" if unique else _number(column, count, size)
    value = _allowed(column, table, number) or _typed(column, number)
    share = column["nulls"] or 0
    if share and not unique and not column["needed"]:
        value = f"CASE WHEN g % 1000 >= {round(share * 1000)} THEN {value} END"
    return f"({value})::{column['type']}"


def _number(column: dict[str, Any], count: int, size: int) -> str:
    """Numbers of which each comes as often as the statistics say: a B-tree keeps equal keys in one entry.

    They give how many different ones there are, or with a minus their share of the rows.
    """
    distinct = column["distinct"] or 0
    share = -distinct if distinct < 0 else distinct / max(size, 1)
    different = max(round(share * count), min(round(max(distinct, 0)), RARE))
    return f"(1 + (g - 1) % {different})" if 0 < different < count else "g"


def _allowed(column: dict[str, Any], table: dict[str, Any], number: str) -> str:
    """A value that the checks of the column name, where they name any."""
    own = [c for c in table["checks"] if re.search(rf"\b{re.escape(column['name'])}\b", c)]
    texts = [t for c in own for t in re.findall(r"'((?:[^']|'')*)'::", c)]
    numbers = [int(n) for c in own for n in re.findall(r"(?<![\w.])\d+(?![\w.])", c)]
    if column["category"] == "S" and texts and not any("~" in c for c in own):
        choice = ", ".join(f"'{t}'" for t in texts)
        return f"(ARRAY[{choice}])[1 + {number} % {len(texts)}]"
    if column["category"] == "N" and len(numbers) > 1:
        low, high = min(numbers), max(numbers)
        return f"{low} + {number} % {high - low + 1}"
    return ""


def _typed(column: dict[str, Any], number: str) -> str:
    base, size = column["base"], column["size"]
    if column["labels"]:
        labels = ", ".join("'" + label.replace("'", "''") + "'" for label in column["labels"])
        return f"(ARRAY[{labels}])[1 + {number} % {len(column['labels'])}]"
    if base in ("smallint", "real"):
        return f"{number} % 32000"
    if base == "numeric" and size > 4:
        whole = ((size - 4) >> 16) - ((size - 4) & 0x7FF)
        return f"{number} % {10 ** min(max(whole, 0), 18)}::numeric"
    if column["category"] == "S":
        return _text(number, column["width"], size)
    if column["element"]:
        return f"ARRAY[{_typed({**column, 'base': column['element'], 'category': '', 'element': None}, number)}]"
    return _OTHER.get(base, "NULL").format(g=number, text=_text(number, column["width"], 0))


_OTHER = {
    "integer": "{g}",
    "bigint": "{g}",
    "numeric": "{g}",
    "double precision": "{g}",
    "money": "{g}",
    "oid": "{g}",
    "text": "{text}",
    "character varying": "{text}",
    "boolean": "{g} % 2 = 0",
    "date": "date '2020-01-01' + ({g} % 3650)::int",
    "timestamp without time zone": "timestamp '2020-01-01' + {g} * interval '1 second'",
    "timestamp with time zone": "timestamptz '2020-01-01 00:00:00Z' + {g} * interval '1 second'",
    "time without time zone": "time '00:00' + ({g} % 86400) * interval '1 second'",
    "interval": "{g} * interval '1 second'",
    "uuid": "md5({g}::text)::uuid",
    "json": "json_build_object('k', {text})",
    "jsonb": "jsonb_build_object('k', {text})",
    "bytea": "convert_to({text}, 'UTF8')",
    "inet": "inet '10.0.0.0' + ({g} % 16000000)",
    "cidr": "'10.0.0.0/8'",
    "tsvector": "to_tsvector('simple', {text})",
    "int4range": "int4range({g}::int, {g}::int + 1)",
    "int8range": "int8range({g}, {g} + 1)",
    "numrange": "numrange({g}, {g} + 1)",
    "daterange": "daterange(date '2020-01-01' + {g}::int, date '2020-01-02' + {g}::int)",
    "tstzrange": "tstzrange(timestamptz '2020-01-01Z' + {g} * interval '1 s', "
    "timestamptz '2020-01-01Z' + ({g} + 1) * interval '1 s')",
    "tsrange": "tsrange(timestamp '2020-01-01' + {g} * interval '1 s', "
    "timestamp '2020-01-01' + ({g} + 1) * interval '1 s')",
    "point": "point({g}, {g})",
    "xml": "NULL",
}


def _text(number: str, width: float | None, size: int) -> str:
    """A text as wide as the average; a digit pattern first, so that it is a number where one is cast from it."""
    longest = size - 4 if size > 4 else 10_000
    wanted = min(max(int(width or 13) - 1, 1), longest)
    if wanted <= 12:
        return f"lpad({number}::text, greatest({wanted}, length({number}::text)), '0')"
    return f"left({number}::text || '-' || repeat(md5({number}::text), {wanted // 32 + 1}), {wanted})"


def digests(database: Database) -> Digests:
    """A digest of each column of each table, the same for the same values in whatever order the rows are."""
    return dict(_digests(database))


def _digests(database: Database) -> Iterator[tuple[str, str]]:
    for table in database.query(STORED):
        values = ", ".join(f"sum(hashtextextended({quoted(c)}::text, 0)::numeric)::text" for c in table["columns"])
        row = database.query(
            f"SELECT count(*)::text AS rows, ARRAY[{values}]::text[] AS sums FROM ONLY {table['name']}"
        )
        yield f"{table['name']} rows", row[0]["rows"]
        for column, total in zip(table["columns"], row[0]["sums"], strict=True):
            yield f"{table['name']}.{quoted(column)}", total or ""
