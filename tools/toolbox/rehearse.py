"""Rehearse SQL on a copy of the schema: up, down, up again, with the locks, rewrites and the way back seen."""

from __future__ import annotations

import time

from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.migrations import drafted, locks, statements
from dbengineer.tools.migrations.rehearse import Rehearsal, rehearse
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench

effect = "scratch"


class Args(Fact):
    """The statements of the change and those of its way back."""

    up: str
    down: str = ""


def run(bench: Workbench, args: Args) -> Result:
    """Runs it on a clone that is thrown away; raises ToolError where there is nothing that it can run."""
    if why := drafted.refusal(args.up, args.down, keeps_rows=False):
        raise ToolError(why)
    every = statements.split(args.up) + statements.split(args.down)
    if shared := [s for s in every if statements.kind(s) == "alter_system_stmt"]:
        raise ToolError(f"{shared[0]!r} changes the whole server; recommend it as `setting` instead")
    if not statements.split(args.up):
        raise ToolError("`up` holds no statement; give the SQL of the change, separated by semicolons")
    bench.progress("rehearsing a change")
    started = time.perf_counter()
    with bench.clones.lend(bench.rehearsal.database) as loan:
        rehearsal = rehearse(loan.database, args.up, args.down)
    took = (time.perf_counter() - started) * 1000
    evidence = bench.ledger.record(
        "rehearse", "scratch", f"{args.up}\n-- way back\n{args.down}", rehearsal.model_dump(), took
    )
    return Result(summary=summary(bench, rehearsal), evidence=(evidence.id,), coverage=(bench.rehearsal.coverage,))


def summary(bench: Workbench, rehearsal: Rehearsal) -> str:
    """The rehearsal in words: the verdict, then each statement's locks and the work at the target's size."""
    lines = [f"{rehearsal.reversibility}: {rehearsal.because}"]
    for step in rehearsal.up:
        seen = [locks.described(lock) for lock in step.locks[:3]] or ["no lock on an existing table"]
        seen += [locks.at_size(work, bench.schema) for work in step.work]
        seen += [f"writes {name} again" for name in step.rewrites]
        lines.append(f"{step.statement}: {step.error or '; '.join(seen)}")
    if rehearsal.written_since:
        lines.append(f"the way back drops what was written into {', '.join(rehearsal.written_since)} since")
    return "\n".join(lines)
