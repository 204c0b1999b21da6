"""Running the route: begin a review or go on with a killed one, ask a question; every channel calls this."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dbengineer.agent import memory
from dbengineer.agent.context import CALLS, Context
from dbengineer.agent.model import Model, Playbook
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Decision, Options, Report, Request, State
from dbengineer.tools.facts import Fact, Recommendation
from dbengineer.tools.workbench import Workbench

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from dbengineer.agent.wire import Ways

Decide = Callable[[list[Recommendation]], list[Decision]]
Watch = Callable[[State], None]
MEMORY = ".run"
"""The folder inside a report that holds the memory of an unfinished run; it goes when the run has ended."""
BEGUN, OWNER = "begun.json", "owner"


class NothingToResume(Exception):
    """There is no unfinished run to go on with."""


class StillGoing(NothingToResume):
    """Another process is at the run."""


class Unfinished(Exception):
    """A run ended too early, because of its cause; the message says how to go on with it."""


class NotUnderstood(Exception):
    """Without a model only commands are understood."""


def understood(question: str, model: Model) -> None:
    """Refuses what nobody could answer before anything is opened; raises NotUnderstood, which names the commands."""
    from dbengineer.agent.commands import Commands

    commands = Commands()
    if isinstance(model, Playbook) and not commands.calls(question):
        raise NotUnderstood(f"no model is configured, so only these are understood:\n{commands.listed()}")


def model(settings: Settings, ways: Ways | None = None) -> Model:
    """The configured model, or the playbook; `ways` remembers from run to run how models decide."""
    if not settings.has_model:
        return Playbook()
    from dbengineer.agent.openai_model import OpenAIModel

    return OpenAIModel(settings, ways=ways)


def folder(out: Path, database: str, now: datetime) -> Path:
    """The folder for a new report: the database's name, without anything a path cannot hold, and the time."""
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in database).strip(".") or "database"
    return out / f"{name}-{now.astimezone():%Y%m%d-%H%M%S}"


def unfinished(out: Path) -> Path:
    """The newest folder of a run that did not end and that nobody is at; raises NothingToResume."""
    found = [memory.parent for memory in out.glob(f"*/{MEMORY}") if (memory / BEGUN).is_file() and not _held(memory)]
    if not found:
        raise NothingToResume(f"no unfinished run lies in {out}; begin one with: dbengineer review URL")
    return max(found, key=lambda path: path.stat().st_mtime)


def _held(run: Path) -> bool:
    """Whether another process is at a run."""
    from dbengineer.tools.scratch.folders import Lock

    lock = Lock(run / OWNER)
    free = lock.take()
    lock.release()
    return not free


@contextmanager
def alone(report: Path) -> Iterator[None]:
    """Keeps every other process away from a run; raises StillGoing where one is at it."""
    from dbengineer.tools.scratch.folders import Lock

    (report / MEMORY).mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(report / MEMORY / OWNER)
    try:
        if not lock.take():
            raise StillGoing(f"the run in {report} is still going on in another process; wait for its end")
        yield
    finally:
        lock.release()


@contextmanager
def kept(again: str) -> Iterator[None]:
    """Says of whatever ends a run too early how to go on with it: raises Unfinished, with that as its cause."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        raise Unfinished(f"What was seen and proven so far is kept; go on with: {again}") from error


class Begun(Fact):
    """What a run was begun with, so that it can be gone on with."""

    request: Request
    options: Options

    def of(self, database: str) -> Begun:
        """The same, of a database."""
        return self.model_copy(update={"request": self.request.model_copy(update={"database": database})})


def note(report: Path, begun: Begun) -> None:
    """Writes down what a run is begun with."""
    (report / MEMORY).mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = report / MEMORY / (BEGUN + ".new")
    whole.write_text(begun.model_dump_json(), encoding="utf-8")
    whole.rename(report / MEMORY / BEGUN)


def begun(report: Path) -> Begun:
    """What the run in a folder was begun with."""
    return Begun.model_validate_json((report / MEMORY / BEGUN).read_text(encoding="utf-8"))


def same(begun: Begun, asked: Begun) -> None:
    """Refuses to go on with a run as another one: of another database, or begun otherwise; raises NothingToResume."""
    default = Begun(request=Request(), options=Options())
    pairs = (
        ("database", begun.request.database, asked.request.database, default.request.database),
        ("--deliverable", begun.request.deliverables, asked.request.deliverables, default.request.deliverables),
        ("--rows", begun.options.rows, asked.options.rows, default.options.rows),
        ("--demo", begun.options.demo, asked.options.demo, default.options.demo),
    )
    for what, was, now, unsaid in pairs:
        if now not in (unsaid, was) and was != "":
            raise NothingToResume(
                f"the unfinished run was begun with {what} {_words(was)}, not {_words(now)}; "
                "give what it was begun with, or leave --resume out to begin a new one"
            )


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "none")


def mend(report: Path) -> None:
    """Takes away the line of evidence that a kill left half written; no step can have cited it."""
    path = report / "evidence.jsonl"
    if path.exists():
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.rfind(b"\n") + 1])


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
    calls: int = CALLS,
) -> Report:
    """Runs a review in the workbench's folder to its end, from where it was if it was begun there before.

    `decide` answers for the person where one is needed; `watch` sees the state after every step; `state_url` names the
    database that remembers the run instead of a file; `calls` is how many a model may have beyond the steps.
    """
    with alone(bench.out):
        report = _reviewed(Context(bench=bench, model=model, calls=calls), request, decide, watch, state_url)
        shutil.rmtree(bench.out / MEMORY)
    return report


def _reviewed(context: Context, request: Request, decide: Decide, watch: Watch, state_url: str | None) -> Report:
    from langgraph.types import Command

    from dbengineer.agent.graph import STEPS, build

    out = context.bench.out
    with memory.opened(out / MEMORY, state_url) as saver:
        route = build(saver)
        thread = str(out.resolve())
        config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": STEPS}
        begun = route.get_state(config).next
        given: Any = None if begun else {"request": request}
        while True:
            for state in route.stream(given, config, context=context, stream_mode="values", durability="sync"):
                watch(cast(State, state))
            asked = route.get_state(config).interrupts
            if not asked:
                break
            waiting = [Recommendation.model_validate(r) for r in asked[0].value["approve"]]
            given = Command(resume=[d.model_dump(mode="json") for d in decide(waiting)])
        report = cast(Report, route.get_state(config).values["report"])
        saver.delete_thread(thread)
    return report


def ask(
    bench: Workbench,
    request: Request,
    model: Model,
    stream: Callable[[str], Any],
    *,
    watch: Watch = lambda state: None,
    step: Watch = lambda state: None,
    spare: Model | None = None,
    calls: int = CALLS,
) -> str:
    """Answers one question, piece by piece into `stream`; gives back the whole answer.

    `watch` sees the last state, `step` every one; `spare` takes the place of a model that fails, or the playbook;
    `calls` is how many a model may have beyond those of the question itself, also when it asks for all of them at once.
    """
    from dbengineer.agent.graph import STEPS, asking

    context = Context(bench=bench, model=model, stream=stream, spare=spare or Playbook(), calls=calls)
    config: RunnableConfig = {"recursion_limit": STEPS}
    ended: State = {}
    for state in asking().stream({"request": request}, config, context=context, stream_mode="values"):
        ended = cast(State, state)
        step(ended)
    watch(ended)
    return str(ended["answer"])
