"""Why nothing makes a statement fast, and what a person could change: honest words for a slow statement."""

from __future__ import annotations

from dbengineer.tools.plans.diagnose import Problem
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rules import not_in_to_not_exists
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.schema.catalog import Schema, Table

OFTEN, QUICK_MS = 1000, 2.0
PART_OF_TIME, PART_OF_CALLS = 0.05, 0.2
WIDE = {"text", "json", "jsonb", "bytea", "xml"}


def reason(statement: Statement, problems: tuple[Problem, ...], unplannable: str = "") -> str:
    """Why neither an index nor another text was found for a slow statement."""
    if unplannable:
        return f"it could not be planned on the copy ({unplannable}), so nothing could be tried"
    if sql.kind(statement.text) == "insert_stmt":
        return "it writes new rows: their indexes, triggers and constraints take the time, not a search"
    if shaped := shape(statement):
        return shaped
    if problems:
        worst = problems[0]
        return f"no index and no other text that was tried is cheaper; {worst.where} {worst.detail}: {worst.advice}"
    return (
        "its plan shows no fault and no index is cheaper: it reads many rows because it has to, or it waits "
        "(locks, disk) rather than works"
    )


def shape(statement: Statement) -> str:
    """What is slow by the way a statement is written, with the form that is not."""
    if sql.kind(statement.text) != "select_stmt":
        return ""
    select = sql.parse(statement.text).select_stmt
    calls = [call.funcname[-1].string.sval for key in select.sort_clause for call in sql.descendants(key, "func_call")]
    if "random" in calls:
        return "ORDER BY random() sorts all rows to take a few; TABLESAMPLE, or an indexed random key, reads only those"
    if counted_off := paging(statement):
        return counted_off
    if not select.HasField("where_clause") and not select.HasField("limit_count"):
        return (
            "it reads all rows because it asks for all; a LIMIT, or a result kept up to date elsewhere, would be needed"
        )
    return ""


def paging(statement: Statement) -> str:
    """What a page by OFFSET costs, with the form that costs the same for every page; nothing where there is none."""
    if sql.kind(statement.text) != "select_stmt":
        return ""
    if not sql.parse(statement.text).select_stmt.HasField("limit_offset"):
        return ""
    return (
        "OFFSET reads and throws away all rows before the page, and later pages take longer; remember the last row "
        f"instead: {keyset(statement.text)}"
    )


def keyset(text: str) -> str:
    """The form of a page that goes on after the last row of the page before."""
    select = sql.parse(text).select_stmt
    keys = [sql.expression(key.sort_by.node) for key in select.sort_clause]
    descending = {key.sort_by.sortby_dir == 3 for key in select.sort_clause}
    if not keys or len(descending) > 1:
        return "WHERE (key, id) > (:last_key, :last_id) ORDER BY key, id LIMIT …"
    keys = list(dict.fromkeys([*keys, "id"]))
    down = descending == {True}
    values = ", ".join(f":last_{key.rpartition('.')[2]}" for key in keys)
    order = ", ".join(f"{key} DESC" if down else key for key in keys)
    return f"WHERE ({', '.join(keys)}) {'<' if down else '>'} ({values}) ORDER BY {order} LIMIT …"


def not_in(statement: Statement, schema: Schema) -> str:
    """What is wrong with a NOT IN over a subquery, also while it is quick; nothing where there is none."""
    if sql.kind(statement.text) != "select_stmt":
        return ""
    if columns := not_in_to_not_exists.may_be_null(statement.text, schema):
        return f"{' and '.join(columns)} may hold a NULL, and one is enough for NOT IN to find nothing; use NOT EXISTS"
    if better := not_in_to_not_exists.rewrite(statement.text, schema):
        return (
            "NOT IN is never joined: once its subquery outgrows work_mem, every row reads the whole of it again; "
            f"the same without that: {better}"
        )
    return ""


def repeated(statement: Statement, calls: int) -> bool:
    """Whether a statement looks like one of a loop: quick, one row each, a good part of all time or calls."""
    if sql.kind(statement.text) != "select_stmt" or statement.calls < OFTEN or statement.mean_ms > QUICK_MS:
        return False
    one_row = statement.rows / statement.calls <= 1.5
    return one_row and (statement.share >= PART_OF_TIME or statement.calls >= PART_OF_CALLS * calls)


def wide_columns(statement: Statement, tables: list[Table]) -> list[str]:
    """The wide columns that SELECT * fetches although nobody may need them."""
    if sql.kind(statement.text) != "select_stmt":
        return []
    stars = any(True for target in sql.parse(statement.text).select_stmt.target_list for _ in sql.own(target, "a_star"))
    return [f"{t.name}.{c.name}" for t in tables for c in t.columns if c.type in WIDE] if stars else []
