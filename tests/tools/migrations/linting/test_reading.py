"""Texts taken apart: lines, transactions, and what cannot be read."""

from __future__ import annotations

import pytest

from dbengineer.tools.migrations.linting.reading import Unreadable, read


def test_a_statement_has_the_line_that_it_begins_on() -> None:
    sql = "-- first\nSELECT 1;\n\n/* ü\n */ SELECT\n 2;"
    assert [(s.line, s.text) for s in read(sql)] == [(2, "SELECT 1"), (5, "SELECT\n 2")]


def test_statements_of_one_transaction_share_its_number() -> None:
    sql = "SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3; BEGIN; SELECT 4; ROLLBACK;"
    assert [s.block for s in read(sql)] == [None, 1, 1, 1, None, 2, 2, 2]
    assert [s.block for s in read("SELECT 1; SELECT 2", transactional=True)] == [0, 0]


def test_a_file_with_transactions_of_its_own_manages_them_itself() -> None:
    assert [s.block for s in read("SELECT 1; BEGIN; SELECT 2; COMMIT;", transactional=True)] == [None, 1, 1, 1]


@pytest.mark.parametrize(
    ("sql", "line", "why"),
    [
        ("SELECT 1;\nSELEC 2;", 2, "SELEC"),
        ("SELECT 1;\n\\copy t FROM 'f'\n", 2, r"\\copy is a command of psql"),
        ("COPY t FROM stdin;\n1\t2\n", 2, "write INSERT instead"),
        ("SELECT 1;\nSELECT '\0'", 2, "NUL"),
        ("SELECT " + "(" * 20000 + "1" + ")" * 20000, 1, "nest it less deeply|memory|parse"),
        ("SELECT '\ud800'", 1, "cannot read it"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(sql: str, line: int, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as refused:
        read(sql)
    assert refused.value.line == line


@pytest.mark.parametrize("sql", ["", "  \n", "-- nothing\n", ";;"])
def test_a_text_without_statements_has_none(sql: str) -> None:
    assert [s for s in read(sql) if s.tree is not None] == []
