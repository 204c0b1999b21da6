"""The guard for machines, and the guarded read, as processes."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.agent.channels.conftest import COMMAND

LINES = """
{"id": 1, "sql": "SELECT 1"}
{"id": "two", "sql": "SELECT pg_sleep(9)", "class": "wait"}
SELECT 1
{"id": 4}

{"id": 5, "sql": "DELETE FROM shop.orders"}
["id", "sql"]
{"id": [6], "sql": "SELECT '\\ud800'"}
"""


def checked(given: str | bytes, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    command = [*COMMAND, "guard", "check", *words]
    ran = subprocess.run(command, input=given if isinstance(given, bytes) else given.encode(), capture_output=True)
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr.decode()


def test_a_verdict_for_every_line_and_a_bad_line_stops_nothing() -> None:
    status, said, told = checked(LINES)
    assert [(line["id"], line["allowed"]) for line in said] == [
        *((1, True), ("two", False), (None, False), (4, False), (5, False), (None, False), ([6], False))
    ]
    assert all(line.keys() == {"id", "allowed", "why", "instead"} for line in said)
    assert said[1]["why"] == "function pg_sleep waits"
    assert 'line 5 has no text as "sql"' in said[3]["why"]
    assert status == 1
    assert [line.partition(";")[0] for line in told.splitlines()] == [
        "dbengineer: line 4 is not JSON (JSONDecodeError)",
        'dbengineer: line 5 has no text as "sql"',
        'dbengineer: line 8 is not an object with an "id"',
    ]


def test_good_lines_end_well_and_what_is_not_text_is_told() -> None:
    assert checked("") == (0, [], "")
    assert checked('{"id": null, "sql": "TABLE shop.orders"}')[0] == 0
    assert checked(b'{"id": 1, "sql": "\xff"}\n')[0] == 1
    assert checked("[" * 100_000)[0] == 1


def test_functions_of_an_installed_extension() -> None:
    asked = '{"id": 1, "sql": "SELECT public.similarity(\'a\', \'b\')"}'
    assert [checked(asked)[1][0]["allowed"], checked(asked, "--extension", "pg_trgm")[1][0]["allowed"]] == [False, True]


def test_a_guarded_read(dbengineer: Any, url: str) -> None:
    values = (
        "SELECT 1 AS n, 0.1 AS d, 'NaN'::float8, NULL AS nothing, '{\"a\": [1]}'::jsonb, '\\x00ff'::bytea, e'a\\x1b[2J'"
    )
    as_json, table, cut = dbengineer.several(
        ("sql", url, values, "--json"),
        ("sql", url, values),
        ("sql", url, "SELECT id FROM public.orders ORDER BY id", "--json"),
    )
    answer = json.loads(as_json.out)
    assert answer["rows"] == [[1, "0.1", "nan", None, {"a": [1]}, "00ff", "a\x1b[2J"]]
    assert (answer["columns"][:2], answer["truncated"]) == (["n", "d"], False)
    assert "1 rows" in table.out
    assert "\x1b" not in table.out
    answer = json.loads(cut.out)
    assert (len(answer["rows"]), answer["truncated"]) == (1000, True)


def test_a_read_that_is_refused(dbengineer: Any, url: str) -> None:
    dbengineer.refuses_each(
        (("sql", url, "DELETE FROM public.orders"), "the statement was not sent: it changes data"),
        (("sql", url, "SELECT FROM public.nothing"), 'relation "public.nothing" does not exist'),
        (("sql", url, "SELECT 1", "3"), "give the address and one statement"),
    )
    dbengineer.refuses_each((("sql", "SELECT pg_sleep(1)"), "pg_sleep waits"), DBENGINEER_URL=url)


def test_with_an_address_it_is_seen_what_a_view_runs(dbengineer: Any, cluster: Any) -> None:
    url = cluster.make(
        "viewed",
        "CREATE SEQUENCE s; CREATE VIEW plain AS SELECT 1 AS a; CREATE VIEW counts AS SELECT nextval('s') AS a; "
        "GRANT SELECT ON plain, counts TO reader",
    )
    asked = [{"id": n, "sql": f"SELECT a FROM public.{view}"} for n, view in enumerate(("plain", "counts"))]
    status, said, _ = checked("\n".join(map(json.dumps, asked)), "--url", url)
    assert (status, [line["allowed"] for line in said]) == (0, [True, False])
    assert "nextval" in said[1]["why"]
    assert json.loads(dbengineer("sql", url, "TABLE public.plain", "--json").out)["rows"] == [[1]]
    assert "it calls nextval()" in dbengineer.refuses("sql", url, "TABLE public.counts")
