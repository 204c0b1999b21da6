"""Other texts for a statement are proven where they give the same rows faster, on a shop that was really used."""

from __future__ import annotations

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.plans import read
from dbengineer.tools.proofs import prove
from dbengineer.tools.proofs import query as way
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.proof import Pair
from dbengineer.tools.queries.rewrites import rewrites
from dbengineer.tools.queries.running import Timing
from dbengineer.tools.workbench import Workbench

BY_DAY = "date(ordered_at)"
RANGE = "SELECT count(*) FROM orders WHERE (ordered_at >= CAST($1 AS date) AND ordered_at < CAST($1 AS date) + 1)"


def asked(bench: Workbench, words: str) -> str:
    """The statement of the workload that has these words."""
    return next(s.text for s in workload.read(bench.target).statements if words in s.text)


def text(old: str, new: str) -> Recommendation:
    """A recommended other text for a statement."""
    return Recommendation(id="query-1", deliverable="queries", kind="query", title="t", why="w", sql=new, undo=old)


def test_a_text_with_the_same_rows_is_proven_by_running(shop_bench_with_rows: Workbench) -> None:
    proof = prove(shop_bench_with_rows, text(asked(shop_bench_with_rows, BY_DAY), RANGE))
    assert (proof.verdict, "the same rows" in proof.reason) == ("proven", True), proof.reason


def test_a_text_with_other_rows_is_refuted(shop_bench_with_rows: Workbench) -> None:
    wrong = "SELECT count(*) FROM orders WHERE ordered_at = CAST($1 AS date)"
    proof = prove(shop_bench_with_rows, text(asked(shop_bench_with_rows, BY_DAY), wrong))
    assert (proof.verdict, "other rows" in proof.reason) == ("refuted", True), proof.reason


def test_a_text_that_fails_where_rows_are_is_refuted(shop_bench_with_rows: Workbench) -> None:
    failing = f"{RANGE} AND 1 / (id - id) = 1"
    proof = prove(shop_bench_with_rows, text(asked(shop_bench_with_rows, BY_DAY), failing))
    assert (proof.verdict, proof.reason) == ("refuted", "it fails where rows are: division by zero")


def test_without_rows_only_a_rule_can_prove_a_text(shop_bench: Workbench) -> None:
    other = "SELECT count(*) FROM orders WHERE ordered_at BETWEEN $1::date AND $1::date + interval '23:59:59.999999'"
    old = asked(shop_bench, BY_DAY)
    by_rule = prove(shop_bench, text(old, rewrites(old, shop_bench.schema)[0].text))
    by_hand = prove(shop_bench, text(old, other))
    assert (by_rule.verdict, by_hand.verdict) == ("proven", "unproven"), (by_rule.reason, by_hand.reason)
    assert "keeps the meaning whatever the rows" in by_rule.reason
    assert "only running both where rows are can show that they mean the same" in by_hand.reason


def test_a_text_that_is_not_a_tenth_cheaper_is_refuted(shop_bench: Workbench) -> None:
    same = "SELECT count(id) FROM orders WHERE date(ordered_at) = $1"
    proof = prove(shop_bench, text(asked(shop_bench, BY_DAY), same))
    assert (proof.verdict, "it is not a tenth cheaper: the planner's cost goes from" in proof.reason) == (
        "refuted",
        True,
    ), proof.reason


def test_a_text_without_values_to_run_it_with_is_judged_by_its_rule(shop_bench_with_rows: Workbench) -> None:
    old = "SELECT count(*) FROM orders WHERE date(ordered_at) = $1 AND ($2 = $3 OR status = $4)"
    proof = prove(shop_bench_with_rows, text(old, rewrites(old, shop_bench_with_rows.schema)[0].text))
    assert proof.verdict == "proven", proof.reason
    assert "keeps the meaning whatever the rows" in proof.reason
    assert "it could not be run: $2 is compared with nothing that values could be drawn from" in proof.reason


def test_a_text_that_the_grammar_refuses_is_refuted(shop_bench: Workbench) -> None:
    proof = prove(shop_bench, text(asked(shop_bench, BY_DAY), "SELECT FROM FROM"))
    assert (proof.verdict, "the new text cannot be planned: " in proof.reason) == ("refuted", True), proof.reason


def test_a_text_has_to_be_one_that_reads_or_writes_rows(shop_bench: Workbench) -> None:
    proof = prove(shop_bench, text(asked(shop_bench, BY_DAY), "CREATE INDEX ON orders (date(ordered_at))"))
    assert proof.verdict == "refuted"
    assert "its SQL has to end in the new text, and its undo in the old one" in proof.reason


def timing(ms: float) -> Timing:
    """A run that took so many milliseconds."""
    return Timing(ms=ms, blocks=1, runs=3, plan=read.plan({"Plan": {"Node Type": "Result", "Total Cost": 1}}))


def test_the_same_rows_in_nearly_the_same_time_are_no_gain() -> None:
    pairs = [Pair(same=True, rows=3, before=timing(ms), after=timing(ms * 0.9)) for ms in (100.0, 20.0)]
    proof = way._judged(text("SELECT 1", "SELECT 2"), pairs, ["ev-1"])
    assert proof.verdict == "refuted"
    assert proof.reason == "the same rows, but not a fifth faster: 60 → 54 ms on average of 2 sets of values"


def test_an_old_text_that_did_not_end_counts_as_long_as_it_was_waited_for() -> None:
    ended = Pair(same=True, rows=3, before=timing(1000), after=timing(20))
    endless = Pair(same=True, rows=0, after=timing(20), waited_ms=3000)
    proof = way._judged(text("SELECT 1", "SELECT 2"), [ended, endless], ["ev-1"])
    assert proof.verdict == "proven"
    waited = "2,000 → 20 ms on average of 2 sets of values, with 1 of which the old text did not end in 3 s"
    assert proof.reason == f"run with the rows that are there: the same rows, {waited}"
