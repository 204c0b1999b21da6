"""Plans of a real server are read, diagnosed, compared, drawn, and shown without values."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dbengineer.tools.plans import draw, read
from dbengineer.tools.plans.compare import compare
from dbengineer.tools.plans.diagnose import diagnose
from dbengineer.tools.plans.literals import masked, without_literals
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.plans.share import shares
from dbengineer.tools.scratch.database import Database

TABLE = """
CREATE TABLE letters (id int PRIMARY KEY, sender int, subject text, sent int);
INSERT INTO letters SELECT i, i % 400, 'About ' || i, i % 5000 FROM generate_series(1, 30000) i;
ANALYZE letters;
"""


@pytest.fixture
def letters(database: Database) -> Database:
    """A database with a table of 30,000 letters."""
    database.script(TABLE)
    return database


def plan(database: Database, statement: str, *, analyze: bool = True) -> Plan:
    """The plan of a statement, run by default."""
    return read.plan(database.explain(statement, analyze=analyze))


def kinds(found: Plan) -> set[str]:
    """The kinds of problems of a plan."""
    return {problem.kind for problem in diagnose(found)}


def test_a_plan_knows_relation_condition_and_rows(letters: Database) -> None:
    found = plan(letters, "SELECT * FROM letters WHERE sender = 7")
    node = found.root
    assert (node.relation, node.actual_rows, "sender = 7" in node.conditions["Filter"]) == ("letters", 75, True)


def test_a_plan_that_was_not_run_has_no_times(letters: Database) -> None:
    found = plan(letters, "SELECT * FROM letters", analyze=False)
    assert (found.was_run, found.execution_ms, found.cost > 0) == (False, None, True)


def test_a_scan_that_keeps_few_rows_is_a_problem(letters: Database) -> None:
    problem = diagnose(plan(letters, "SELECT * FROM letters WHERE sender = 7"))[0]
    assert (problem.kind, problem.detail) == ("big_seq_scan", "reads 30,000 rows of the table and keeps 75")


def test_a_scan_by_the_primary_key_is_no_problem(letters: Database) -> None:
    assert kinds(plan(letters, "SELECT * FROM letters WHERE id = 7")) == set()


def test_a_wrong_estimate_is_a_problem(letters: Database) -> None:
    assert "misestimate" in kinds(plan(letters, "SELECT * FROM letters WHERE id % 1 = 0"))


def test_a_spilled_sort_is_a_problem(letters: Database) -> None:
    letters.script("SET work_mem = '64kB'; SET max_parallel_workers_per_gather = 0")
    assert "sort_spilled" in kinds(plan(letters, "SELECT * FROM letters ORDER BY subject"))


def test_sorting_all_to_give_back_few_is_a_problem(letters: Database) -> None:
    assert "limit_after_sort" in kinds(plan(letters, "SELECT * FROM letters ORDER BY subject LIMIT 5"))


def test_a_subquery_for_every_row_is_a_problem(letters: Database) -> None:
    repeated = "SELECT (SELECT max(m.id) FROM letters m WHERE m.id = l.id + 1) FROM letters l"
    assert "repeated_subplan" in kinds(plan(letters, repeated))


def test_a_bitmap_that_lost_its_rows_is_a_problem(letters: Database) -> None:
    letters.script("CREATE TABLE airy (id int, sent int) WITH (fillfactor = 10)")
    letters.script("INSERT INTO airy SELECT id, sent FROM letters; INSERT INTO airy SELECT id, sent FROM letters")
    letters.script("CREATE INDEX ON airy (sent); SET work_mem = '64kB'; SET enable_seqscan = off")
    found = plan(letters, "SELECT id FROM airy WHERE sent BETWEEN 1 AND 4000")
    assert "lossy_bitmap" in kinds(found)


def test_shares_are_of_one_whole(letters: Database) -> None:
    found = plan(letters, "SELECT sender, count(*) FROM letters JOIN letters b USING (sender) GROUP BY sender LIMIT 3")
    assert sum(shares(found).values()) == pytest.approx(1.0)


def test_an_index_shows_in_a_comparison(letters: Database) -> None:
    before = plan(letters, "SELECT * FROM letters WHERE sender = 7 AND sent = 7")
    letters.script("CREATE INDEX by_sender ON letters (sender, sent)")
    after = plan(letters, "SELECT * FROM letters WHERE sender = 7 AND sent = 7")
    difference = compare(before, after)
    assert difference.cost_ratio < 0.2
    assert "by_sender" in difference.changes[0]
    assert difference.after_blocks < difference.before_blocks


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(status = 'open'::text)", "(status = ?::text)"),
        ("((id > 42) AND (score < 1.5))", "((id > ?) AND (score < ?))"),
        ("(name ~~ '%Zoë''s%'::text)", "(name ~~ ?::text)"),
        ("(id = $1)", "(id = $1)"),
        ("(tags && '{a,b}'::text[])", "(tags && ?::text[])"),
        ("'not closed", "?"),
    ],
)
def test_constants_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_masked_plan_holds_no_value(letters: Database) -> None:
    found = plan(letters, "SELECT * FROM letters WHERE subject = 'About 77' AND sender > 12345")
    shown = without_literals(found).model_dump_json()
    assert "About 77" in found.model_dump_json()
    assert "About 77" not in shown
    assert "12345" not in shown


def test_a_picture_is_whole_and_harmless(letters: Database) -> None:
    found = plan(letters, "SELECT * FROM letters WHERE subject = '</svg><script>alert(1)</script>'")
    picture = draw.svg(found, "a & b")
    boxes = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}title")
    assert len(list(boxes)) == len(found.nodes())
    assert "<script" not in picture
    assert "href" not in picture


def test_two_plans_are_drawn_beside_each_other(letters: Database) -> None:
    first = plan(letters, "SELECT * FROM letters", analyze=False)
    second = plan(letters, "SELECT * FROM letters JOIN letters b USING (id)", analyze=False)
    picture = ElementTree.fromstring(draw.pair(first, second))
    titles = list(picture.iter("{http://www.w3.org/2000/svg}title"))
    assert len(titles) == len(first.nodes()) + len(second.nodes())


def test_lines_follow_the_tree(letters: Database) -> None:
    found = draw.lines(plan(letters, "SELECT count(*) FROM letters"))
    assert [line.depth for line in found] == list(range(len(found)))
    assert sum(line.share for line in found) == pytest.approx(1.0, abs=0.001)
