"""Running the route: begin a review or go on with a killed one, ask a question; every channel calls this."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dbengineer.agent import memory
from dbengineer.agent.context import Context
from dbengineer.agent.model import Model, Playbook
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Decision, Options, Report, Request, State
from dbengineer.tools.facts import Fact, Recommendation
from dbengineer.tools.workbench import Workbench

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

Decide = Callable[[list[Recommendation]], list[Decision]]
Watch = Callable[[State], None]
MEMORY = ".run"
"""The folder inside a report that holds the memory of an unfinished run; it goes when the run has ended."""


class NothingToResume(Exception):
    """There is no unfinished run to go on with."""


class NotUnderstood(Exception):
    """Without a model only commands are understood."""


def understood(question: str, model: Model) -> None:
    """Refuses what nobody could answer before anything is opened; raises NotUnderstood, which names the commands."""
    from dbengineer.agent.commands import Commands

    commands = Commands()
    if isinstance(model, Playbook) and not commands.calls(question):
        listed = "\n".join(f"  {usage:18} {does}" for usage, does in commands.help())
        raise NotUnderstood(f"no model is configured, so only these are understood:\n{listed}")


def model(settings: Settings) -> Model:
    """The configured model, or the playbook."""
    if not settings.has_model:
        return Playbook()
    from dbengineer.agent.openai_model import OpenAIModel

    return OpenAIModel(settings)


def folder(out: Path, database: str, now: datetime) -> Path:
    """The folder for a new report: the database's name, without anything a path cannot hold, and the time."""
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in database).strip(".") or "database"
    return out / f"{name}-{now.astimezone():%Y%m%d-%H%M%S}"


def unfinished(out: Path) -> Path:
    """The newest folder of a run that did not end; raises NothingToResume."""
    found = [memory.parent for memory in out.glob(f"*/{MEMORY}")]
    if not found:
        raise NothingToResume(f"no unfinished run lies in {out}; begin one with: dbengineer review URL")
    return max(found, key=lambda path: path.stat().st_mtime)


class Begun(Fact):
    """What a run was begun with, so that it can be gone on with."""

    request: Request
    options: Options


def note(report: Path, begun: Begun) -> None:
    """Writes down what a run is begun with."""
    (report / MEMORY).mkdir(mode=0o700, parents=True, exist_ok=True)
    (report / MEMORY / "begun.json").write_text(begun.model_dump_json(), encoding="utf-8")


def begun(report: Path) -> Begun:
    """What the run in a folder was begun with."""
    return Begun.model_validate_json((report / MEMORY / "begun.json").read_text(encoding="utf-8"))


def later(asked: list[Recommendation]) -> list[Decision]:
    """Nobody is there to decide: each waits for `dbengineer approve`."""
    return [
        Decision(recommendation=r.id, decision="later", by="", at=datetime.now(UTC), sha256=r.sha256) for r in asked
    ]


def review(
    bench: Workbench,
    request: Request,
    model: Model,
    *,
    decide: Decide = later,
    watch: Watch = lambda state: None,
    state_url: str | None = None,
) -> Report:
    """Runs a review in the workbench's folder to its end, from where it was if it was begun there before.

    `decide` answers for the person where one is needed; `watch` sees the state after every step; `state_url` names the
    database that remembers the run instead of a file.
    """
    from langgraph.types import Command

    from dbengineer.agent.graph import STEPS, build

    context = Context(bench=bench, model=model)
    with memory.opened(bench.out / MEMORY, state_url) as saver:
        route = build(saver)
        thread = str(bench.out.resolve())
        config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": STEPS}
        begun = route.get_state(config).next
        given: Any = None if begun else {"request": request}
        while True:
            for state in route.stream(given, config, context=context, stream_mode="values"):
                watch(cast(State, state))
            asked = route.get_state(config).interrupts
            if not asked:
                break
            waiting = [Recommendation.model_validate(r) for r in asked[0].value["approve"]]
            given = Command(resume=[d.model_dump(mode="json") for d in decide(waiting)])
        report = cast(Report, route.get_state(config).values["report"])
        saver.delete_thread(thread)
    shutil.rmtree(bench.out / MEMORY)
    return report


def ask(bench: Workbench, request: Request, model: Model, stream: Callable[[str], Any]) -> str:
    """Answers one question, piece by piece into `stream`; gives back the whole answer."""
    from dbengineer.agent.graph import STEPS, build

    context = Context(bench=bench, model=model, stream=stream)
    ended = build().invoke({"request": request}, {"recursion_limit": STEPS}, context=context)
    return str(ended["answer"])
