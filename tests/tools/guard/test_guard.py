"""The guard lets reads through and nothing else, and says why."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from dbengineer.tools import checking
from dbengineer.tools.guard import Allowed, Refused, check
from dbengineer.tools.security import privileges, role

HERE = Path(__file__).parent
READS = (HERE / "reads.sql").read_text().splitlines()
ATTACKS = (HERE / "attacks.sql").read_text().splitlines()
TRIGRAMS = frozenset({"pg_trgm"})


def refusal(sql: str, **allowed: bool) -> Refused:
    verdict = check(sql, **allowed)
    assert isinstance(verdict, Refused)
    return verdict


@pytest.mark.parametrize("sql", READS)
def test_honest_reads_pass(sql: str) -> None:
    assert isinstance(check(sql, extensions=TRIGRAMS), Allowed)


@pytest.mark.parametrize("sql", ATTACKS)
def test_attacks_are_refused_with_a_reason_and_a_way_out(sql: str) -> None:
    refused = refusal(sql)
    assert refused.why
    assert refused.instead
    assert str(refused) == f"{refused.why}; {refused.instead}"


@pytest.mark.parametrize("sql", [a for a in ATTACKS if not a.startswith("EXPLAIN ANALYZE") and "hba" not in a])
def test_attacks_stay_refused_for_our_own_sql(sql: str) -> None:
    if not any(secret in sql for secret in ("pg_authid", "rolpassword", "subconninfo", "ANALYZE")):
        assert refusal(sql, ours=True, analyze=True)


def test_explain_analyze_needs_leave_and_still_only_explains_reads() -> None:
    assert check("EXPLAIN ANALYZE SELECT 1", analyze=True) == Allowed(statement="explain")
    assert "executes" in refusal("EXPLAIN ANALYZE SELECT 1").why
    assert "changes data" in refusal("EXPLAIN ANALYZE DELETE FROM shop.orders", analyze=True).why


def test_show_and_explain_have_no_place_inside_a_statement() -> None:
    assert check("SHOW search_path") == Allowed(statement="show")
    assert refusal("EXPLAIN EXPLAIN SELECT 1")


def test_parameters_are_counted() -> None:
    assert check("SELECT $2::int + $1::int") == Allowed(parameters=2)


def test_only_our_own_sql_sees_the_servers_access_rules() -> None:
    assert "files" in refusal("SELECT * FROM pg_hba_file_rules()").why
    assert isinstance(check("SELECT * FROM pg_hba_file_rules()", ours=True), Allowed)
    assert isinstance(check("SELECT subconninfo FROM pg_subscription", ours=True), Allowed)
    assert isinstance(check("TABLE pg_hba_file_rules", ours=True), Allowed)


def test_functions_of_an_extension_need_it_to_be_installed_when_their_schema_is_written() -> None:
    assert refusal("SELECT public.similarity('a', 'b')")
    assert isinstance(check("SELECT public.similarity('a', 'b')", extensions=TRIGRAMS), Allowed)
    assert isinstance(check("SELECT similarity('a', 'b')"), Allowed)
    assert refusal("SELECT public.lower('a')", ours=False)


def test_a_nul_ends_nothing() -> None:
    assert "NUL" in refusal("SELECT 1 \0; DELETE FROM shop.orders").why


def test_long_and_deep_statements_are_refused_before_they_can_hurt_the_parser() -> None:
    assert "longer" in refusal("SELECT '" + "x" * 20_000 + "'").why
    assert "nested too deeply" in refusal("SELECT " + "1+" * 5_000 + "1").why
    assert "nested too deeply" in refusal("SELECT " + "(SELECT " * 500 + "1" + ")" * 500).why
    assert isinstance(check("SELECT " + "1+" * 40 + "1"), Allowed)


def test_what_cannot_be_parsed_or_encoded_is_refused() -> None:
    assert "syntax error" in refusal("SELEC 1").why
    assert "UnicodeEncodeError" in refusal("SELECT '\ud800'").why


def test_every_check_and_scope_passes() -> None:
    ours = {check.name: query.sql for check in checking.all_checks().values() for query in check.queries}
    ours |= checking.scopes()
    ours |= {name: sql for module in (privileges, role) for name, sql in vars(module).items() if "SELECT" in str(sql)}
    refused = {
        name: str(verdict) for name, sql in ours.items() if isinstance(verdict := check(sql, ours=True), Refused)
    }
    assert refused == {}


def test_a_check_takes_less_than_a_millisecond() -> None:
    def took(sql: str) -> float:
        started = time.process_time()
        check(sql)
        return time.process_time() - started

    assert statistics.median(min(took(sql) for _ in range(3)) for sql in READS) < 0.001
