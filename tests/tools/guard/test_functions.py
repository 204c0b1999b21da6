"""The list of functions is what its generator makes of the catalog, and holds nothing that does more than read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbengineer.tools.guard import generate
from dbengineer.tools.guard.functions import FILE, functions, parse
from dbengineer.tools.scratch.database import Database


def test_the_list_is_the_generators(tmp_path: Path) -> None:
    generate.main(tmp_path / "functions.txt")
    assert (tmp_path / "functions.txt").read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8")


def test_the_list_of_an_older_server_allows_nothing_that_the_list_refuses(old_database: Database) -> None:
    older = parse(f"{builtins(old_database)}[information_schema]\n[ours]\n[refused]\n")
    assert not older.pg_catalog & functions().refused.keys()


def builtins(database: Database) -> str:
    rows = generate.builtin(database, "pg_catalog")
    names = [row["name"] for row in rows if not generate.refusal(row["name"], row["volatility"])]
    return "\n".join(["[pg_catalog]", *names]) + "\n"


def test_nothing_is_both_allowed_and_refused() -> None:
    assert not functions().pg_catalog & functions().refused.keys()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("table_to_xml", "executes SQL text"),
        ("ts_rewrite", "executes SQL text"),
        ("pg_read_binary_file", "reads or writes files of the server"),
        ("pg_advisory_lock", "takes locks"),
        ("pg_current_xact_id", "writes, or makes WAL"),
        ("pg_cancel_backend", "signals or controls the server"),
        ("set_config", "changes settings of the session"),
        ("pg_sleep", "waits"),
        ("currval", generate.UNREVIEWED),
    ],
)
def test_dangerous_functions_are_refused_by_their_class(name: str, why: str) -> None:
    assert functions().refused[name] == why


@pytest.mark.parametrize("name", ["pg_get_replication_slots", "pg_stat_get_replication_slot", "random", "lower"])
def test_harmless_functions_are_allowed(name: str) -> None:
    assert functions().may_call("pg_catalog", name, frozenset())


def test_a_volatile_function_that_nobody_knows_is_refused() -> None:
    assert generate.refusal("brand_new", "v") == generate.UNREVIEWED
    assert generate.refusal("brand_new", "s") == ""


@pytest.mark.parametrize("name", ["dblink", "crosstab", "pg_stat_statements_reset", "get_raw_page", "set_limit"])
def test_functions_of_extensions_that_do_more_are_not_on_the_list(name: str) -> None:
    every = frozenset(functions().extensions)
    assert not functions().may_call("public", name, every)
    assert not functions().may_call("", name, every)
