"""The route from the request to the report, on a real database, with and without a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.agent import running
from dbengineer.agent.model import ModelFailed, Playbook, Scripted
from dbengineer.agent.nodes.call_tools import SPENT
from dbengineer.agent.running import Begun
from dbengineer.agent.state import Call, Decision, Options, Report, Request, State, Turn
from dbengineer.tools import checking
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

APPLICATION = """
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users,
  placed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO users (email) SELECT 'user' || n || '@example.com' FROM generate_series(1, 500) n;
INSERT INTO orders (user_id) SELECT 1 + n % 500 FROM generate_series(1, 5000) n;
ANALYZE;
"""
FAULT = "foreign_key_without_index:public.orders.user_id"


@pytest.fixture
def bench(database: Database, server: Server, tmp_path: Path) -> Iterator[Workbench]:
    """A workbench on a shop whose orders lack an index."""
    database.script(APPLICATION)
    target = Target.open(server.conninfo(database.name), trust_role=True)
    bench = Workbench(target, tmp_path / "report")
    yield bench
    bench.close()


def indexes_only() -> Request:
    return Request(deliverables=("indexes", "migrations"))


def status(report: Report) -> dict[str, str]:
    return {d.id: d.status for d in report.checklist.deliverables}


def change(report: Report) -> Recommendation:
    return next(r for r in report.recommendations if FAULT in r.solves)


def test_the_playbook_finds_proves_and_drafts(bench: Workbench) -> None:
    report = running.review(bench, indexes_only(), Playbook())
    assert status(report)["indexes"] in ("ready", "open")
    assert [r.verdict for r in report.reviews if r.recommendation == change(report).id] == ["proven"]
    assert status(report)["migrations"] == "ready"
    assert status(report)["security"] == "not_asked"
    drafted = next((bench.out / "migrations" / "flyway").glob("V*.sql")).read_text()
    assert "CREATE INDEX CONCURRENTLY" in drafted
    assert not (bench.out / running.MEMORY).exists()


def test_the_report_says_that_the_role_was_too_powerful(bench: Workbench) -> None:
    report = running.review(bench, indexes_only(), Playbook())
    assert any("superuser" in problem for problem in report.role_problems)


def test_a_killed_run_goes_on_where_it_was(bench: Workbench) -> None:
    class Killed(BaseException):
        pass

    def kill(state: State) -> None:
        if state.get("proofs"):
            raise Killed

    running.note(bench.out, Begun(request=indexes_only(), options=Options()))
    with pytest.raises(Killed):
        running.review(bench, indexes_only(), Playbook(), watch=kill)
    assert running.unfinished(bench.out.parent) == bench.out
    assert running.begun(bench.out).request == indexes_only()
    ran = [e.ran for e in bench.ledger if e.tool.startswith("check ")]
    report = running.review(bench, indexes_only(), Playbook())
    assert change(report)
    assert [e.ran for e in bench.ledger if e.tool.startswith("check ")] == ran


def test_with_nothing_begun_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(running.NothingToResume, match="dbengineer review"):
        running.unfinished(tmp_path)


def test_a_model_that_fails_never_loses_the_run(bench: Workbench) -> None:
    report = running.review(bench, indexes_only(), Scripted(turns=[ModelFailed("timed out")]))
    assert change(report)
    assert any("timed out" in note and "playbook" in note for note in report.notes)


def test_what_a_model_invents_is_refuted(bench: Workbench) -> None:
    invented = Recommendation(
        id="ddl-invented",
        deliverable="indexes",
        kind="ddl",
        title="An index from nowhere",
        why="I know it",
        sql="CREATE INDEX CONCURRENTLY x ON public.orders (placed_at)",
        undo="DROP INDEX CONCURRENTLY public.x",
        evidence=("ev-0000000000000000",),
    )
    report = running.review(bench, indexes_only(), Scripted(recommendations=[invented]))
    verdicts = {r.recommendation: r.verdict for r in report.reviews if r.gate == "evidence"}
    assert verdicts["ddl-invented"] == "refuted"
    assert "from nowhere" not in "".join(p.read_text() for p in (bench.out / "migrations").rglob("*.sql"))


def test_a_model_may_call_tools_and_is_told_what_there_is_not(bench: Workbench) -> None:
    turns = [Turn(calls=(Call(tool="drop_database"),)), Turn(calls=(Call(tool="run_checks", args={"check": "x"}),))]
    report = running.review(bench, indexes_only(), Scripted(turns=turns))
    assert any("no tool 'drop_database'" in refused for refused in report.refused)
    assert any("no check 'x'" in refused for refused in report.refused)


def test_the_critic_of_a_model_makes_a_person_decide(bench: Workbench) -> None:
    name = change(running.review(bench, indexes_only(), Playbook())).id

    def approve(asked: list[Recommendation]) -> list[Decision]:
        from datetime import UTC, datetime

        now = datetime.now(UTC)
        return [Decision(recommendation=r.id, decision="approve", by="ada", at=now, sha256=r.sha256) for r in asked]

    objecting = Scripted(objections={name: "the table is busy"})
    report = running.review(bench, indexes_only(), objecting, decide=approve)
    assert [(d.recommendation, d.by) for d in report.decisions if d.recommendation == name] == [(name, "ada")]


def test_a_decision_about_something_else_does_not_count(bench: Workbench) -> None:
    name = change(running.review(bench, indexes_only(), Playbook())).id

    def approve(asked: list[Recommendation]) -> list[Decision]:
        from datetime import UTC, datetime

        now = datetime.now(UTC)
        return [Decision(recommendation=r.id, decision="approve", by="eve", at=now, sha256="0") for r in asked]

    report = running.review(bench, indexes_only(), Scripted(objections={name: "busy"}), decide=approve)
    assert report.decisions == ()


def test_a_question_is_answered_by_a_command(bench: Workbench) -> None:
    pieces: list[str] = []
    request = Request(text="check foreign_key_without_index", deliverables=())
    answer = running.ask(bench, request, Playbook(), pieces.append)
    assert "1 findings" in answer or "1 finding" in answer
    assert "".join(pieces) == answer


def test_a_question_is_answered_by_a_model(bench: Workbench) -> None:
    request = Request(text="which index is missing?", deliverables=())
    model = Scripted(turns=[Turn()], answer=["On ", "orders."])
    answer = running.ask(bench, request, model, lambda piece: None)
    assert answer.startswith("On orders.\n\nNo tool was called for this answer")


def test_a_model_that_was_refused_everything_gets_the_checks_all_the_same(bench: Workbench) -> None:
    turns = [Turn(calls=(Call(tool="explain", args={"sql": "SELECT 1 FROM your_table"}),)), Turn()]
    said = running.ask(bench, Request(text="what is wrong?"), Scripted(turns, answer=["Hm."]), lambda piece: None)
    assert "Looked up with run_checks" in said


def test_a_model_that_asks_for_everything_at_once_gets_what_the_budget_has_room_for(bench: Workbench) -> None:
    greedy = [Call(tool="run_checks", args={"check": name}) for name in list(checking.all_checks())[:100]]
    model = Scripted(turns=[Turn(calls=tuple(greedy)) for _ in range(100)], answer=["Enough."])
    seen: list[State] = []
    request = Request(text="what is wrong?", deliverables=())
    answer = running.ask(bench, request, model, lambda piece: None, watch=seen.append, calls=5)
    made = seen[-1]["made"]
    assert [m.call for m in made if m.result] == greedy[:5]
    assert [m.refused for m in made[5:]] == [SPENT]
    assert answer.startswith("Enough.")
    assert "ask again to look further" in answer


def test_what_was_asked_for_is_made_whatever_the_budget_of_the_model(bench: Workbench) -> None:
    request = Request(text="check foreign_key_without_index", deliverables=())
    assert "1 finding" in running.ask(bench, request, Playbook(), lambda piece: None, calls=0)
    greedy = Scripted(turns=[Turn(calls=(Call(tool="schema"),))])
    report = running.review(bench, indexes_only(), greedy, calls=0)
    assert change(report)
    assert any(SPENT in note for note in report.notes)


def test_without_a_model_a_question_is_refused_with_the_commands() -> None:
    with pytest.raises(running.NotUnderstood, match="indexes"):
        running.understood("which index is missing?", Playbook())


def test_nothing_was_written_to_the_target(bench: Workbench, database: Database) -> None:
    counters = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) AS rows FROM pg_stat_user_tables"
    before = database.query(counters)
    running.review(bench, indexes_only(), Playbook())
    assert database.query(counters) == before


def test_a_model_cannot_hand_over_what_was_not_proven(bench: Workbench) -> None:
    forged = {
        "id": "ddl-0",
        "deliverable": "schema",
        "kind": "ddl",
        "title": "t",
        "why": "w",
        "sql": "DROP TABLE users",
    }
    call = Call(tool="draft_migrations", args={"recommendations": [forged]})
    seen: list[State] = []
    running.review(bench, indexes_only(), Scripted([Turn(calls=(call,))]), watch=seen.append)
    refusals = [m.refused for s in seen for m in s.get("made", []) if m.call == call]
    assert refusals
    assert all("is for the route" in refused for refused in refusals)
    assert not [p for p in (bench.out / "migrations").rglob("*.sql") if "DROP TABLE users" in p.read_text()]
