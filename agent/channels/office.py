"""The office behind the server: it answers questions, makes reviews and takes decisions, for every channel alike."""

from __future__ import annotations

import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbengineer.agent import memory, running
from dbengineer.agent.channels import deciding, opening, render, threads
from dbengineer.agent.channels.asking import Asker, Busy, NotAllowed, NotThere, Question, Stopped, Tell
from dbengineer.agent.channels.attending import Attending
from dbengineer.agent.channels.console import explained
from dbengineer.agent.channels.threads import Archive, Job, Thread, Underway
from dbengineer.agent.commands import Commands, Wish
from dbengineer.agent.configuration import Configuration, Database
from dbengineer.agent.model import Discreet, Model, Playbook
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Options, Report, Request, State
from dbengineer.agent.wire import Ways
from dbengineer.tools.facts import DELIVERABLES, DeliverableId

if TYPE_CHECKING:
    from dbengineer.agent.approvals import Approval, Word
    from dbengineer.agent.channels.metrics import Metrics
    from dbengineer.tools.target import Target
    from dbengineer.tools.workbench import Workbench

FAREWELL = 2.0
"""Seconds that the work under way gets to stop in when the server ends."""
LET_GO = 0.5
"""Seconds between two looks at whether another server has let go of a review."""
HUNG_UP = "The answer was interrupted: nobody listened to it any more."
KEPT = 20
"""How many reviews are remembered with their progress; the others come from the archive."""


class Office:
    """Answers several questions at once and makes one review at a time."""

    def __init__(self, settings: Settings, configuration: Configuration, archive: Archive, metrics: Metrics) -> None:
        self.settings = settings
        self.configuration = configuration
        self.archive = archive
        self.metrics = metrics
        self.attending = Attending(archive, settings)
        self.ways = Ways()
        self._jobs: dict[str, Job] = {}
        self._seats = threading.Semaphore(configuration.limits.chats_at_once)
        self._lock = threading.Lock()
        self._waiting = 0
        self._working = 0
        self._closed = threading.Event()

    def ready(self, asker: Asker) -> list[str]:
        """The names of the databases that answer; raises TargetError and NoDatabase."""
        names = [name for name in self.configuration.databases if asker.reaches(name)]
        if not names:
            raise opening.NoDatabase(
                "no database was named; set DBENGINEER_URL, DBENGINEER_DATABASES or a file of them"
            )
        for name in names:
            with self._target(self._database(asker, name), asker):
                pass
        return names

    def model(self, asker: Asker) -> Model:
        """The model for who asks; where rows may not be shown it sees none either."""
        hidden = {} if asker.rows else {"model_sees_rows_of": ""}
        return running.model(self.settings.model_copy(update=hidden), self.ways)

    def ask(self, asker: Asker, question: Question, tell: Tell) -> str:
        """Begins to answer; gives the id of the conversation. Raises NotUnderstood, NotThere, NotAllowed and Busy."""
        thread = self.thread(asker, question.thread) if question.thread else None
        database = thread.database if thread else self._database(asker, question.database)
        wish = Commands().read(question.text)
        model = self.model(asker)
        self._allowed(asker, wish, model)
        if wish.act == "review":
            deciding.deliverables(wish.text)
        self._take_place()
        try:
            owner = asker.circle or asker.name
            thread = thread or self.archive.begin(owner, database, asker.channel, question.named)
            said = question.earlier or threads.earlier(thread)
            self.archive.add(thread.id, question.text, by=asker.name)
            work = self.attending.take(thread.id)
        except BaseException:
            self._leave_place()
            raise
        request = Request(text=wish.text, channel=asker.channel, thread=thread.id, deliverables=(), earlier=said)
        self._begin(partial(self._served, asker, work, thread, wish, request, model, tell))
        return thread.id

    def order(
        self, asker: Asker, database: str, deliverables: tuple[DeliverableId, ...], tell: Tell = lambda kind, data: None
    ) -> Job:
        """A review that was begun; raises Busy while another one is under way, and NotThere."""
        name = self._database(asker, database)
        job = Job(
            id=uuid.uuid4().hex[:12],
            status="running",
            database=name,
            by=asker.name,
            channel=asker.channel,
            deliverables=deliverables,
            rows=asker.rows,
        )
        self._enter(job)
        self.archive.note(job)
        self._begin(partial(self._review, job, asker, tell))
        return job

    def tidy(self) -> None:
        """Forgets what is old enough, and tells conversations whose server is gone what became of their answers."""
        self.attending.tell_of_the_gone()
        self.archive.forget(self.settings.thread_days)

    def resume(self) -> None:
        """Goes on with a review that the last server has left; others, and those that cannot, are marked as failed."""
        for job in self.archive.unfinished():
            asker = Asker(name=job.by, channel=job.channel, rows=job.rows)
            try:
                if job.database not in self.configuration.databases:
                    raise Busy(f"the database {job.database} is not configured any more")
                self._enter(job)
            except Busy as error:
                self.archive.note(job.model_copy(update={"status": "failed", "because": str(error)}))
                continue
            self._begin(partial(self._resumed, job, asker))

    def thread(self, asker: Asker, name: str) -> Thread:
        """A conversation: for who began it, and for those who may approve on its database; raises NotThere."""
        thread = self.archive.find(name)
        if thread is None or not asker.reaches(thread.database):
            raise NotThere(f"there is no thread {name}; leave `thread` out to begin one")
        if thread.owner != (asker.circle or asker.name) and "approve" not in asker.roles:
            raise NotThere(f"there is no thread {name}; leave `thread` out to begin one")
        return thread

    def forget(self, asker: Asker, name: str) -> None:
        """Deletes a conversation, for those who may read it; raises NotThere."""
        self.archive.delete(self.thread(asker, name).id)

    def job(self, asker: Asker, name: str) -> Job:
        """A review, with its report when it has ended; raises NotThere."""
        job = self._jobs.get(name) or self.archive.job(name)
        if job is None or not asker.reaches(job.database):
            raise NotThere(f"there is no review {name}")
        if job.status == "ended" and job.report is None:
            with suppress(opening.NoReport):
                return job.model_copy(update={"report": opening.report(Path(job.folder))})
        return job

    def file(self, asker: Asker, name: str, path: str) -> Path:
        """A file of a review's report; nothing outside of it, and not the memory of a run (NotThere)."""
        job = self.job(asker, name)
        missing = NotThere(f"review {name} has no file {path}; its page is report.html")
        if not job.folder or any(part.startswith(".") for part in path.split("/")) or "\0" in path:
            raise missing
        folder = Path(job.folder).resolve()
        found = (folder / path).resolve()
        if not (found.is_relative_to(folder) and found.is_file()):
            raise missing
        return found

    def offers(self, asker: Asker, name: str) -> list[deciding.Offer]:
        """The changes of a review that wait for a person's word."""
        job = self.job(asker, name)
        return deciding.offers(name, job.report, Path(job.folder)) if job.report else []

    def decide(self, asker: Asker, review: str, change: str, sha256: str, word: Word) -> Approval:
        """A person's word on a change that was shown to them with this hash.

        Raises NotAllowed, NotThere, and ApprovalRefused where the change or the schema is another one by now.
        """
        if "approve" not in asker.roles:
            raise NotAllowed(f"{asker.name} may read, not decide; ask somebody with the role approve")
        job = self.job(asker, review)
        if job.report is None:
            raise NotThere(f"review {review} has no report to decide on; it {job.status}")
        database = self.configuration.databases[self._database(asker, job.database)]
        url, options = database.url.get_secret_value(), Options(trust_role=True)
        now = partial(
            opening.schema_fingerprint, url, options, self.settings, lambda text: None, asker.channel, asker.name
        )
        folder = Path(job.folder)
        asked = deciding.Asked(change=change, sha256=sha256, word=word, by=asker.name, channel=asker.channel)
        approval = deciding.decide(folder, job.report, asked, now)
        deciding.log(self.settings.audit_log, folder.name, job.database, approval)
        return approval

    def close(self) -> None:
        """Has the work under way stop at its next step, and waits for that a little while."""
        self._closed.set()
        deadline = time.monotonic() + FAREWELL
        while self._working and time.monotonic() < deadline:
            time.sleep(0.02)

    def _database(self, asker: Asker, name: str) -> str:
        """The name of a database that who asks may ask about; raises NotThere."""
        every = [known for known in self.configuration.databases if asker.reaches(known)]
        found = name or (every[0] if len(every) == 1 else self.configuration.first)
        if found in every:
            return found
        if not every:
            raise opening.NoDatabase("no database is configured for this; set DBENGINEER_URL or DBENGINEER_DATABASES")
        missing = f"there is no database {name!r}" if name else "name the database"
        raise NotThere(f"{missing}; there are {', '.join(every)}")

    def _allowed(self, asker: Asker, wish: Wish, model: Model) -> None:
        from dbengineer.agent.leave import SHOW_ROWS

        if not asker.rows and any(call.tool in SHOW_ROWS for call in wish.calls):
            raise NotAllowed("rows are not shown in this channel; use explain, or have `rows = true` set for it")
        if wish.act in ("look", "ask"):
            running.understood(wish.text, model)

    def _take_place(self) -> None:
        limits = self.configuration.limits
        with self._lock:
            if self._waiting >= limits.chats_at_once + limits.chats_waiting:
                raise Busy("too many questions wait already; come back in a moment")
            self._waiting += 1

    def _leave_place(self) -> None:
        with self._lock:
            self._waiting -= 1

    def _enter(self, job: Job) -> None:
        with self._lock:
            busy = next((j.id for j in self._jobs.values() if j.status == "running"), "")
            if busy:
                raise Busy(f"review {busy} is under way; come back when it has ended")
            self._jobs[job.id] = job
            for old in list(self._jobs)[:-KEPT]:
                del self._jobs[old]

    def _begin(self, work: Callable[[], None]) -> None:
        """Works in a thread that does not keep the server from ending."""

        def run() -> None:
            try:
                with suppress(Stopped):
                    work()
            finally:
                with self._lock:
                    self._working -= 1

        with self._lock:
            self._working += 1
        threading.Thread(target=run, daemon=True).start()

    def _served(
        self, asker: Asker, work: Underway, thread: Thread, wish: Wish, request: Request, model: Model, tell: Tell
    ) -> None:
        began = time.monotonic()
        outcome = "failed"
        try:
            with self._seats:
                self._go_on()
                self._answered(asker, thread, wish, request, model, tell)
            outcome = "answered"
        except Stopped:
            outcome = "stopped"
            if not self._closed.is_set():
                self.archive.add(thread.id, HUNG_UP, unanswered=True)
        except Exception as error:
            why = reason(error)
            try:
                tell("error", {"reason": why})
            finally:
                self.archive.add(thread.id, why, unanswered=True)
        finally:
            if outcome != "stopped" or not self._closed.is_set():  # otherwise the next server tells of it
                self.attending.leave(work)
            self._leave_place()
            self.metrics.chat(outcome, time.monotonic() - began)

    def _answered(self, asker: Asker, thread: Thread, wish: Wish, request: Request, model: Model, tell: Tell) -> None:
        if wish.act == "help":
            said = {"text": Commands().listed()}
            tell("delta", said)
        elif wish.act == "review":
            said = self._review_within(asker, thread, wish, tell)
        else:
            said = self._asked(asker, thread, request, model, tell)
        self.archive.add(thread.id, **said)
        tell("done", {"thread": thread.id})

    def _asked(self, asker: Asker, thread: Thread, request: Request, model: Model, tell: Tell) -> dict[str, Any]:
        """What was answered, for the archive."""
        spare = Playbook() if asker.rows else Discreet()
        answering = spare if isinstance(model, Playbook) else model
        steps = deciding.Steps(tell)

        def stream(piece: str) -> None:
            self._go_on()
            if piece:
                tell("delta", {"text": piece})

        def say(text: str) -> None:
            self._go_on()
            tell("step", {"text": text})

        with self._bench(thread.database, f"ask-{uuid.uuid4().hex[:6]}", say, asker) as bench:
            text = running.ask(
                bench, request, answering, stream, step=steps.watch, spare=spare, calls=self.settings.model_calls
            )
        by_model = steps.answered_by not in ("", Playbook.name)
        return {"text": text, "model": by_model, "evidence": steps.evidence[-50:]}

    def _review_within(self, asker: Asker, thread: Thread, wish: Wish, tell: Tell) -> dict[str, Any]:
        """A review that is watched in a conversation."""
        job = Job(
            id=uuid.uuid4().hex[:12],
            status="running",
            database=thread.database,
            by=asker.name,
            channel=asker.channel,
            thread=thread.id,
            deliverables=deciding.deliverables(wish.text),
            rows=asker.rows,
        )
        self._enter(job)
        self.archive.note(job)
        self._review(job, asker, tell)
        ended = self.job(asker, job.id)
        if ended.report is None:
            raise Busy(ended.because or "the review gave no report")
        text = deciding.summary(ended.report)
        tell("delta", {"text": text})
        for offer in self.offers(asker, job.id):
            tell("approval", offer.model_dump(mode="json"))
        return {"text": text, "review": job.id}

    def _resumed(self, job: Job, asker: Asker) -> None:
        """The rest of a review; its conversation, which has lost its answer, is told what came of it."""
        self._review(job, asker, lambda kind, data: None)
        ended = self.job(asker, job.id)
        if job.thread and ended.report:
            self.archive.add(job.thread, deciding.summary(ended.report), review=job.id)
        elif job.thread and ended.status == "failed" and not self._closed.is_set():
            self.archive.add(job.thread, ended.because, unanswered=True)

    def _review(self, job: Job, asker: Asker, tell: Tell) -> None:
        name = job.id

        def watch(state: State) -> None:
            self._go_on()
            self._note(name, looked_at=len(state.get("made", [])), proven=len(state.get("proofs", [])))

        def say(text: str) -> None:
            self._go_on()
            self._note(name, doing=text)
            with suppress(Stopped):  # who hung up may come back for the report
                tell("step", {"text": text})

        try:
            self._alone(job, asker, watch, say)
        except (Exception, Stopped) as error:
            self._note(name, status="failed", doing="", because=reason(error))
            if isinstance(error, Stopped):
                return  # the archive keeps it as running, so that the next server goes on with it
            self.archive.note(self._jobs[name])
        self.metrics.review(self._jobs[name].status)

    def _alone(self, job: Job, asker: Asker, watch: Callable[[State], None], say: Callable[[str], None]) -> None:
        """Makes a review once no other server is at it; what another one has ended by then is taken over."""
        leases = self.settings.out / ".server"
        while True:
            with memory.lease(f"review-{job.id}", leases, self.settings.state) as ours:
                now = self.archive.job(job.id) or job
                if now.status != "running":
                    return self._take_over(now)
                if ours:
                    with suppress(running.StillGoing):
                        report = self._reviewed(now, asker, watch, say)
                        self._note(job.id, status="ended", doing="", report=report)
                        return self.archive.note(self._jobs[job.id])
            say("waiting for the server before to let go of the review")
            time.sleep(LET_GO)

    def _take_over(self, ended: Job) -> None:
        """What another server has ended; its report is found here where both have the same folders."""
        with self._lock:
            self._jobs[ended.id] = ended

    def _reviewed(self, job: Job, asker: Asker, watch: Callable[[State], None], say: Callable[[str], None]) -> Report:
        """The report, of a review that is begun, gone on with, or had ended just before its server did."""
        if job.folder and not (Path(job.folder) / running.MEMORY).exists():
            with suppress(opening.NoReport):
                report = opening.report(Path(job.folder))
                render.write(Path(job.folder))
                return report
        old = Path(job.folder) if job.folder and (Path(job.folder) / running.MEMORY / running.BEGUN).is_file() else None
        asked = Request(channel=asker.channel, deliverables=job.deliverables or DELIVERABLES)
        options = self._options(job.database, asker)
        with self._bench(job.database, job.id, say, asker, old) as bench:
            page = f"/v1/reports/{job.id}/report.html"
            self._note(job.id, folder=str(bench.out.resolve()), page=page)
            self.archive.note(self._jobs[job.id])
            if old is None:
                running.note(bench.out, running.Begun(request=asked, options=options).of(bench.target.database))
            report = running.review(
                bench,
                asked,
                self.model(asker),
                watch=watch,
                state_url=self.settings.state,
                calls=self.settings.model_calls,
            )
            render.write(bench.out)
        return report

    def _go_on(self) -> None:
        if self._closed.is_set():
            raise Stopped

    def _note(self, name: str, **seen: Any) -> None:
        with self._lock:
            self._jobs[name] = self._jobs[name].model_copy(update=seen)

    def _options(self, name: str, asker: Asker) -> Options:
        options = self._of(name).options
        return options if asker.rows else options.model_copy(update={"rows": "none"})

    def _of(self, name: str) -> Database:
        return self.configuration.databases[name]

    @contextmanager
    def _target(self, name: str, asker: Asker) -> Iterator[Target]:
        url, options = self._of(name).url.get_secret_value(), self._of(name).options
        with opening.target(url, options, self.settings, lambda text: None, asker.channel, who=asker.name) as target:
            yield target

    @contextmanager
    def _bench(
        self, name: str, suffix: str, say: Callable[[str], None], asker: Asker, old: Path | None = None
    ) -> Iterator[Workbench]:
        def folder(target: Target) -> Path:
            if old is None:
                return running.folder(self.settings.out, f"{target.database}-{suffix}", datetime.now())
            running.mend(old)
            return old

        url, options = self._of(name).url.get_secret_value(), self._options(name, asker)
        with opening.workbench(url, options, self.settings, say, folder, asker.channel, asker.name) as bench:
            yield bench


def reason(error: BaseException) -> str:
    """What a client is told; where the unforeseen happened goes to the log, without its text, which may hold data."""
    if isinstance(error, Stopped):
        return "the server was stopped; it goes on with a review when it runs again"
    if isinstance(error, Busy | NotThere | NotAllowed):
        return str(error)
    if isinstance(error, Exception) and (known := explained(error)) is not None:
        return known
    where = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger("uvicorn.error").error("unforeseen %s at\n%s", type(error).__name__, where)
    return f"it failed for a reason that nobody has foreseen ({type(error).__name__}); the server's log says where"
