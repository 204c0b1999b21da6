"""No value of a row leaves for a model by default, whatever words it comes in."""

from __future__ import annotations

import pytest

from dbengineer.agent import view
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Call, Made, Request, State
from dbengineer.agent.view import View
from dbengineer.tools.facts import Finding, Recommendation, Result

SECRET = "Ada-7f3a"


def told(summary: str = "", tool: str = "explain", *findings: Finding, refused: str = "") -> State:
    result = None if refused else Result(summary=summary, findings=findings)
    return {"request": Request(deliverables=()), "made": [Made(call=Call(tool=tool), result=result, refused=refused)]}


@pytest.mark.parametrize(
    "text",
    [
        f"Seq Scan on orders: Filter (name = '{SECRET}'::text)",
        f"CHECK ((status <> '{SECRET}'::text)) NOT VALID",
        f"running for 00:06:01: SELECT 1 FROM t WHERE name = '{SECRET} and was cut",
        f"the application's text: E'it\\'s {SECRET}' and N'{SECRET}'",
        f"it's of {SECRET}'s row",
        f"SELECT $tag${SECRET}$tag$, $${SECRET}",
        f"SELECT 1 /* {SECRET} */ -- {SECRET}",
        f"SELECT 1 /* {SECRET}",
        f'invalid input syntax for type integer: "{SECRET}"',
        f'syntax error at or near "{SECRET}"',
        f"mail to {SECRET}@example.com",
    ],
)
def test_literals_are_masked_in_whatever_words_they_stand(text: str) -> None:
    assert SECRET not in View().seen(told(text))
    assert SECRET not in View().seen(told(refused=text))
    assert SECRET in View(rows=True).seen(told(text))


def test_numbers_of_statements_are_masked_and_counts_are_not() -> None:
    shown = View().line(
        "WHERE ssn = 78051 AND age >= 41, card 4012888888881881; the planner's cost is 1,204 for 500 rows"
    )
    assert not {"78051", "41", "4012888888881881"} & set(shown.replace(";", " ").replace(",", " ").split())
    assert "the planner’s cost is 1,204 for 500 rows" in shown


def test_names_stay() -> None:
    line = 'relation "app.orders" does not exist; no index leads with user_id of public."Order Lines"'
    assert View().line(line) == line


def test_a_read_tells_a_model_only_whether_there_were_rows() -> None:
    shown = View().seen(told(f"37 rows of token; the values stay\n{SECRET}", "query"))
    assert SECRET not in shown
    assert "several rows" in shown
    assert "37" not in shown


def test_free_text_of_sessions_and_functions_is_left_out(unindexed: Finding) -> None:
    said = f"running for 00:07:00: SELECT {SECRET} of patient Lovelace"
    hostile = unindexed.model_copy(update={"check": "long_running_query", "detail": said})
    shown = View().seen(told("", "run_checks", hostile))
    assert "running for 00:07:00" in shown
    assert "Lovelace" not in shown
    assert "Lovelace" in View(rows=True).seen(told("", "run_checks", hostile))


def test_literals_of_a_change_are_masked(index: Recommendation) -> None:
    partial = index.model_copy(
        update={"sql": f"CREATE INDEX i ON t (a) WHERE b = '{SECRET}' AND c = 7", "title": SECRET}
    )
    assert (
        View().change(partial.model_copy(update={"title": "t"})) == "t\nCREATE INDEX i ON t (a) WHERE b = ? AND c = ?"
    )


def test_hidden_characters_are_spelled() -> None:
    assert view.visible("a\u202eb\u200bc\u0007d\U000e0041") == "a‹U+202E›b‹U+200B›c‹U+0007›d‹U+E0041›"


@pytest.mark.parametrize(
    "said",
    ["![a](http://x/y)", "[a](//x/y)", "[a]: http://x", "<img src=//x>", "see https://x/y", "www.x.org", "\x1b[2J"],
)
def test_nothing_in_an_answer_loads_by_itself(said: str) -> None:
    for size in (1, 2, 3, 99):
        pieces = [said[at : at + size] for at in range(0, len(said), size)]
        shown = "".join(view.defused_stream(pieces))
        assert shown == view.defused(said)
        assert not any(live in shown for live in ("](", "]:", "://", "<", "www.", "\x1b"))


def test_an_answer_comes_word_by_word() -> None:
    assert list(view.defused_stream(["It ", "is sl", "ow."])) == ["It ", "is ", "slow."]


def test_the_leave_to_show_rows_is_for_the_named_database_alone() -> None:
    given = Settings(model_sees_rows_of="db.example.com/shop, localhost:5433/todo")
    assert given.shows_rows_of("db.example.com", "shop")
    assert given.shows_rows_of("localhost:5433", "todo")
    for server, database in (("db.example.com", "shop2"), ("other", "shop"), ("localhost", "todo"), ("", "shop")):
        assert not given.shows_rows_of(server, database)
    assert not Settings().shows_rows_of("localhost", "todo")
