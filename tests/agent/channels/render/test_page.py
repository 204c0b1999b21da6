"""The report page in a real browser: made of a real review of a database whose names are hostile."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dbengineer.agent.channels import render
from dbengineer.agent.channels.render import steps, web
from dbengineer.agent.state import Report
from dbengineer.tools.facts import SEVERITIES

SCRIPT = "<script>document.title='owned'</script>"
IMAGE = "</script></pre><img src=x onerror=\"document.title='owned'\">"
BRACES = "{{ 7 * 7 }}{% raw %}"


@pytest.fixture
def page(browser: Any, folder: Path) -> Any:
    """The page on a screen of a desk."""
    return browser.open(folder / "report.html")


def test_it_opens_without_a_complaint_and_asks_the_network_for_nothing(page: Any) -> None:
    complaints = [h for h in page.happened if h["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
    complaints += [h for h in page.happened if h["method"] == "Log.entryAdded"]
    assert complaints == []
    asked = [h["params"]["request"]["url"] for h in page.happened if h["method"] == "Network.requestWillBeSent"]
    assert [url.rpartition("/")[2] for url in asked] == ["report.html"]
    assert page.see("performance.getEntriesByType('resource').length") == 0


def test_the_page_may_neither_load_nor_send_anything(page: Any) -> None:
    page.see("addEventListener('securitypolicyviolation', e => (window.refused ??= []).push(e.effectiveDirective))")
    page.see("new Image().src = 'http://127.0.0.1/x'; fetch('http://127.0.0.1/y').catch(() => {}); 1")
    page.see("new Promise(done => setTimeout(done, 50))")
    assert sorted(page.see("window.refused")) == ["connect-src", "img-src"]


def test_the_first_screen_is_the_checklist_and_what_to_do_next(page: Any, report: Report) -> None:
    lines = page.see("look.bottoms('.line')")
    assert len(lines) == 8
    for (text, bottom), deliverable in zip(lines, report.checklist.deliverables, strict=True):
        assert deliverable.title in text
        assert render.WORDS[deliverable.status] in text
        assert bottom < 900
    told = page.see("look.bottoms('#next li a')")
    assert told
    assert [text for text, _ in told] == [step.do for step in steps.steps(report)]
    assert all(bottom < 900 for _, bottom in told)


def test_findings_are_worst_first_and_sorted_by_any_column(page: Any) -> None:
    assert ranks(page) == sorted(ranks(page))
    assert len(set(ranks(page))) > 1
    page.click("th:nth-child(1) button")
    assert ranks(page) == sorted(ranks(page), reverse=True)
    for column, sign, direction in ((2, 1, "ascending"), (2, -1, "descending"), (4, 1, "ascending")):
        page.click(f"th:nth-child({column}) button")
        shown = cells(page, column)
        assert len(set(shown)) > 1
        assert shown == page.see(f"look.sorted({json.dumps(shown)}, {sign})")
        assert page.see("look.all('th[aria-sort]').map(e => e.cellIndex + 1 + e.ariaSort)") == [f"{column}{direction}"]


def test_findings_are_sorted_with_the_keyboard(page: Any) -> None:
    page.press_enter("th:nth-child(1) button")
    assert ranks(page) == sorted(ranks(page), reverse=True)
    page.press_enter("th:nth-child(1) button")
    assert ranks(page) == sorted(ranks(page))


def cells(page: Any, column: int) -> list[str]:
    return [row[column - 1] for row in page.see("look.findings()")]


def ranks(page: Any) -> list[int]:
    return [SEVERITIES.index(text) for text in cells(page, 1)]


def test_findings_are_filtered(page: Any, report: Report) -> None:
    every = len(cells(page, 1))
    assert every == len(report.findings)
    page.choose("#findings select[name=severity]", "high")
    high = sum(f.severity == "high" for f in report.findings)
    assert 0 < high < every
    assert set(cells(page, 1)) == {"high"}
    assert page.see("document.querySelector('#findings output').textContent") == f"{high} of {every}"
    page.choose("#findings select[name=severity]", "")
    page.choose("#findings select[name=deliverable]", "indexes")
    assert set(cells(page, 2)) == {"indexes"}
    page.choose("#findings select[name=deliverable]", "")
    page.write("#findings input", "ORDERS user_id")
    assert 0 < len(cells(page, 1)) < every
    assert all("orders" in " ".join(row) for row in page.see("look.findings()"))


def test_a_step_leads_to_just_what_it_speaks_of(page: Any, report: Report) -> None:
    for step in steps.steps(report):
        if not step.only:
            continue
        page.click(f"#next a[data-only='{step.only}']")
        name, value = step.only.split("=")
        left = page.see(f"[...document.querySelectorAll('#{step.where} .item:not(.out)')].map(e => e.dataset.{name})")
        assert set(left) == {value}
        assert str(len(left)) in step.do
        assert page.see("location.hash") == f"#{step.where}"


def test_the_evidence_of_every_tick_is_one_click_away(page: Any, report: Report) -> None:
    for number, deliverable in enumerate(report.checklist.deliverables, 2):
        if not deliverable.evidence:
            assert deliverable.status == "not_asked"
            continue
        page.click(f".line:nth-child({number}) .proof")
        shown = page.see("[...document.querySelectorAll('.evidence.item:not(.out)')].map(e => e.id)")
        assert sorted(shown) == sorted(deliverable.evidence)
        top = page.see("document.querySelector('#evidence').getBoundingClientRect().top")
        assert -1 <= top < 900 or page.see("innerHeight + scrollY >= document.body.scrollHeight - 1")


def test_what_a_finding_cites_opens_with_one_click_even_when_it_was_filtered_out(page: Any) -> None:
    page.choose("#evidence select[name=where]", "scratch")
    cited = page.see("document.querySelector('tr.finding .cite').getAttribute('href').slice(1)")
    assert page.see(f"document.getElementById('{cited}').checkVisibility()") is False
    page.click("tr.finding .cite")
    assert page.see(f"document.getElementById('{cited}').open && document.getElementById('{cited}').checkVisibility()")
    assert "SELECT" in page.see(f"document.getElementById('{cited}').innerText")


def test_no_link_leads_nowhere(page: Any, folder: Path) -> None:
    inside = page.see("look.all('a[href^=\"#\"]').map(a => a.getAttribute('href').slice(1))")
    ids = page.see("look.all('[id]').map(e => e.id)")
    assert set(inside) <= set(ids)
    assert len(ids) == len(set(ids))
    files = page.see("look.all('a:not([href^=\"#\"])').map(a => decodeURIComponent(a.getAttribute('href')))")
    assert "erd.svg" in files
    assert [file for file in files if not (folder / file).is_file()] == []


def test_the_pictures_are_drawn(page: Any, report: Report) -> None:
    size = "(e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height, e.textContent])"
    width, height, text = page.see(f"{size}(document.querySelector('#erd svg'))")
    assert width > 300
    assert height > 100
    assert {"users", "orders"} <= set(re.findall(r"\w+", text))
    page.see("document.querySelectorAll('.change').forEach(e => { e.open = true; })")
    width, height, text = page.see(f"{size}(document.querySelector('.plan svg'))")
    assert width > 300
    assert height > 100
    assert "before" in text
    assert "after" in text
    assert "Seq Scan" in text


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("unfolded", [False, True], ids=["folded", "unfolded"])
def test_nothing_overflows(browser: Any, folder: Path, width: int, unfolded: bool) -> None:
    page = browser.open(folder / "report.html", width=width)
    if unfolded:
        page.see("look.unfold()")
    assert page.see("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.see("look.beyond()") == []
    assert page.see("look.clipped()") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser: Any, folder: Path, dark: bool) -> None:
    page = browser.open(folder / "report.html", dark=dark)
    page.see("look.unfold()")
    assert page.see("look.faint()") == {}
    assert (page.see("look.ground(document.body)") < 0.1) is dark


def test_paper_gets_what_can_be_read_on_paper(page: Any) -> None:
    page.media("print")
    seen = page.see("look.all('section, nav, .filters, .proof').filter(e => e.checkVisibility()).map(e => e.id)")
    assert seen == ["checklist", "next", "erd", "changes", "findings", "unseen"]
    assert page.see("getComputedStyle(document.querySelector('.because')).display") == "block", "the reason is cut off"
    assert page.see("look.faint()") == {}
    assert page.see("look.ground(document.body)") == 1
    pages = base64.b64decode(page.ask("Page.printToPDF")["data"]).count(b"/Type /Page\n")
    assert 1 < pages < 30


def test_hostile_names_stay_text(page: Any, folder: Path) -> None:
    assert page.see("document.title") == "hostile: database review"
    assert page.see("document.querySelectorAll('img, iframe, object, link, base, form').length") == 0
    assert page.see("document.querySelectorAll('script').length") == 1
    shown = page.see("document.body.textContent")
    for name in (SCRIPT, IMAGE, BRACES, "b'c", "safe\\u202eelbat"):
        assert name in shown, name
    page.see("look.all('svg').forEach(e => e.remove())")
    assert "\u202e" not in page.see("document.documentElement.outerHTML")


def test_a_page_without_anything_to_show_says_so(browser: Any, folder: Path, report: Report, tmp_path: Path) -> None:
    done = [
        d.model_copy(update={"status": "done", "coverage": (), "evidence": ()}) for d in report.checklist.deliverables
    ]
    empty = Report(
        checklist=report.checklist.model_copy(update={"deliverables": tuple(done)}),
        model="none",
        rows="none",
        schema_fingerprint="x",
        seconds=1,
    )
    (tmp_path / "evidence.jsonl").touch()
    (tmp_path / "report.html").write_text(web.page(empty, tmp_path), encoding="utf-8")
    page = browser.open(tmp_path / "report.html")
    assert [h for h in page.happened if h["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")] == []
    shown = page.see("document.body.innerText")
    assert "Nothing: every deliverable is done." in shown
    assert "Nothing to change." in shown
