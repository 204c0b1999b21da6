"""checklist.md: what a person reads in it, and that no name in the database can write its markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dbengineer.agent.channels import render
from dbengineer.agent.channels.render import markdown, plain, steps
from dbengineer.agent.state import Report
from dbengineer.tools.facts import SEVERITIES

HOSTILE = (
    "[click](http://evil.example)",
    "![pixel](http://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- gone",
    "a|b|c",
    "`code` and ``more``",
    "*bold* _slanted_ __both__ ~~struck~~",
    "# heading",
    "line\n\n## another\n- list",
    "&lt;script&gt;",
    "back\\slash\\",
    "[ref]: http://evil.example",
    "</details>",
)


def tokens(text: str) -> list[Token]:
    """What a Markdown reader makes of a text."""
    every = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [inner for token in every for inner in (token, *(token.children or []))]


def shown(text: str) -> str:
    """The words a reader sees."""
    return "".join(t.content for t in tokens(text) if t.type in ("text", "text_special", "code_inline", "fence"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_a_name(name: str) -> None:
    line = " ".join(name.split())
    inside = tokens(f"- before {markdown.text(name)} after")
    assert {t.type for t in inside} <= {
        *("bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "text_special"),
        *("paragraph_close", "list_item_close", "bullet_list_close"),
    }
    assert shown(f"- before {markdown.text(name)} after") == f"before {line} after"


@pytest.mark.parametrize("name", HOSTILE)
def test_code_stays_code(name: str) -> None:
    line = " ".join(name.split())
    assert [t.content for t in tokens(f"- {markdown.code(name)}: detail") if t.type == "code_inline"] == [line]


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT '```\n# x\n```'", "SELECT $$````$$", "-- ~~~\nSELECT 1"])
def test_sql_stays_sql(sql: str) -> None:
    fences = [t for t in tokens(markdown.block(sql) + "\n\nafter") if t.type == "fence"]
    assert [(t.info, t.content) for t in fences] == [("sql", sql + "\n")]


def test_what_is_invisible_is_spelled_out() -> None:
    assert plain.visible("a\u202eb\u200bc\u2066d\ufeffe\x00f") == "a\\u202eb\\u200bc\\u2066d\\ufeffe\\u0000f"
    assert plain.visible("naïve 東京 🐘\tx\ny") == "naïve 東京 🐘\tx\ny"


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    """The checklist of the review of the hostile database."""
    return (folder / "checklist.md").read_text(encoding="utf-8")


def test_it_begins_with_the_eight_lines_and_what_to_do_next(text: str, report: Report) -> None:
    first = text[: text.index("\n## ", text.index("## What to do next") + 1)]
    assert first.count("\n") < 40
    rows = [line for line in first.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 8
    for row, deliverable in zip(rows, report.checklist.deliverables, strict=True):
        assert render.WORDS[deliverable.status] in row
    for number, step in enumerate(steps.steps(report), 1):
        assert f"{number}. **{markdown.text(step.do)}**" in first


def test_every_status_and_verdict_is_explained_where_it_is_used(text: str, report: Report) -> None:
    for deliverable in report.checklist.deliverables:
        assert f"**{render.WORDS[deliverable.status]}**: {render.MEANINGS[deliverable.status]}" in text
    for recommendation in report.recommendations:
        verdict = render.verdict(report, recommendation)
        assert f"**{steps.VERDICTS[verdict]}**: {steps.VERDICT_MEANINGS[verdict]}" in text


def test_every_finding_and_every_change_is_in_it(text: str, report: Report) -> None:
    assert report.findings
    for finding in report.findings:
        assert f"  - {markdown.code(finding.object)}: " in text
    assert any(r.sql for r in report.recommendations)
    for recommendation in report.recommendations:
        assert text.count(f"`{recommendation.id}`") >= 1
        assert markdown.block(recommendation.sql) in text
        assert markdown.block(recommendation.undo) in text


def test_findings_are_worst_first_and_name_their_answer(text: str, report: Report) -> None:
    for deliverable in ("schema", "indexes"):
        title = next(d.title for d in report.checklist.deliverables if d.id == deliverable)
        part = text[text.index(f"## {markdown.text(title)}") :].split("\n## ")[0]
        told = [line[4:].split(":")[0] for line in part.splitlines() if line.startswith("- **") and ".**" in line]
        ranks = [SEVERITIES.index(word) for word in told if word in SEVERITIES]
        assert ranks
        assert ranks == sorted(ranks)
    answered = [f for f in report.findings if steps.answer(report, f)]
    assert answered
    assert text.count(" → no proven answer yet") == len(steps.unanswered(report))


def test_nothing_in_it_is_markup_of_the_database(text: str, folder: Path) -> None:
    every = tokens(text)
    assert [t.content for t in every if t.type in ("html_block", "html_inline", "image")] == []
    links = [str(t.attrs["href"]) for t in every if t.type == "link_open"]
    assert "erd.svg" in links
    assert [link for link in links if not (folder / link).is_file()] == []
    assert "\u202e" not in text
    assert shown(text).count("safe\\u202eelbat") > 1


def test_a_change_that_is_proven_answers_before_one_that_a_person_has_to_decide(report: Report) -> None:
    finding = next(f for f in report.findings if f.check == "foreign_key_without_index" and steps.answer(report, f))
    proven = steps.answer(report, finding)
    assert proven
    other = proven.model_copy(update={"id": "ddl-other"})
    review = next(r for r in report.reviews if r.recommendation == proven.id)
    decide = review.model_copy(update={"recommendation": other.id, "verdict": "needs_person"})
    both = report.model_copy(
        update={"recommendations": (other, *report.recommendations), "reviews": (decide, *report.reviews)}
    )
    assert steps.answer(both, finding) == proven
    refuted = both.model_copy(
        update={"reviews": (*both.reviews, review.model_copy(update={"verdict": "refuted"}))},
    )
    assert steps.answer(refuted, finding) == other
