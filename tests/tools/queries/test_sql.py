"""Statements are read by PostgreSQL's own grammar."""

from __future__ import annotations

import pytest

from dbengineer.tools.queries import sql


def test_tables_are_named_without_ctes() -> None:
    text = "WITH c AS (SELECT 1) SELECT * FROM s.t a, c JOIN u ON true WHERE EXISTS (SELECT FROM v)"
    assert set(sql.tables(text)) == {"s.t", "u", "v"}


def test_goals_of_changes_are_tables_too() -> None:
    assert sql.tables("DELETE FROM a USING b WHERE a.x = b.x") == ("b", "a")


def test_what_statistics_write_becomes_runnable() -> None:
    assert sql.runnable("SELECT now() - interval $1") == "SELECT now() - $1::interval"


def test_what_is_no_sql_is_unreadable() -> None:
    assert sql.kind("SELECT FROM WHERE") == "unreadable"
    with pytest.raises(sql.Unreadable):
        sql.parse("SELECT 1; SELECT 2")


def test_a_fingerprint_forgets_constants() -> None:
    assert sql.fingerprint("SELECT a FROM t WHERE b = 1") == sql.fingerprint("select a from t where b = 'x'")


def test_values_are_filled_in_where_parameters_are() -> None:
    filled = sql.filled("SELECT '$1', $1 /* $1 */ FROM t WHERE é = $12", {1: "'a'", 12: "7"})
    assert filled == "SELECT '$1', 'a' /* $1 */ FROM t WHERE é = 7"


def test_limit_and_like_are_assumed() -> None:
    text = sql.assumed("SELECT a FROM t WHERE b LIKE $1 AND c = $2 LIMIT $3", 7)
    assert text == "SELECT a FROM t WHERE b LIKE '%qzxjv%' AND c = $2 LIMIT 7"
