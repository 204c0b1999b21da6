"""Read the plan of a SELECT that stands in the question and say what is slow in it; with analyze it is run on the copy
that holds rows."""

from __future__ import annotations

from dbengineer.tools import guard
from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.guard import Refused
from dbengineer.tools.indexes import what_if
from dbengineer.tools.plans import draw, read
from dbengineer.tools.plans.diagnose import Problem, diagnose
from dbengineer.tools.plans.literals import masked, without_literals
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import parameters, running, sql, usage, workload
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.running import Unrunnable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench

effect = "read"
STEPS = 8
"""How many steps of a plan its summary names, from the last one that runs down."""


class Args(Fact):
    """One SELECT; $1 stands for a value. With `analyze` it is run, on the restored copy and never on the target."""

    sql: str
    analyze: bool = False


def run(bench: Workbench, args: Args) -> Result:
    """The evidence holds the plan, the report a picture of it; constants are masked unless rows may be used."""
    text, analyzed = sql.within_explain(args.sql)
    analyzed = analyzed or args.analyze
    if sql.kind(text) != "select_stmt":
        raise ToolError(f"only one SELECT can be explained, this is {sql.kind(text)}; write the SELECT alone")
    ran = text if bench.rows == "copy" else masked(text)
    where, verb = ("scratch", "EXPLAIN ANALYZE") if analyzed else ("target", "EXPLAIN")
    with bench.ledger.watch("explain", "scratch" if analyzed else "target", f"{verb} {ran}") as seen:
        plan = _analyzed(bench, text) if analyzed else _planned(bench, text)
        shown = plan if bench.rows == "copy" else without_literals(plan)
        problems = diagnose(plan)
        seen.saw = {
            "plan": shown.model_dump(mode="json", exclude_defaults=True),
            "problems": [problem.model_dump() for problem in problems],
        }
    name = f"plans/{sql.fingerprint(text)}{'-run' if analyzed else ''}.svg"
    picture = bench.write(name, draw.svg(shown, f"{verb} on the {where}"), "Plan of a statement", "queries")
    return Result(summary=said(plan, problems), artefacts=(picture,), evidence=(seen.id,))


def said(plan: Plan, problems: tuple[Problem, ...]) -> str:
    """What a plan costs or took, and its worst problems."""
    steps = " → ".join(node.label for node in list(plan.root.walk())[:STEPS])
    head = f"{steps}. The planner expects a cost of {plan.cost:,.0f}."
    if plan.execution_ms is not None:
        head = f"{steps}. It took {plan.execution_ms:,.1f} ms; the planner's cost is {plan.cost:,.0f}."
    words = [f"{p.where}: {p.detail}. Advice: {p.advice}" for p in problems[:5]]
    return "\n".join([head, *(words or ["No problem seen."])])


def _planned(bench: Workbench, text: str) -> Plan:
    return read.plan(bench.target.explain(usage.qualified(text, Names(bench.schema))))


def _analyzed(bench: Workbench, text: str) -> Plan:
    if bench.rows != "copy":
        raise ToolError("it cannot be run: rows may not be copied; call it without analyze, or allow --rows copy")
    said = guard.check(text)
    if isinstance(said, Refused):
        raise ToolError(f"it is not run, not even in scratch: {said}")
    database, names = bench.restored.database, Names(bench.schema)
    what_if.prepare(database)
    try:
        bound = parameters.bound(database, _statement(bench, text), names, sets=1)
        return running.run(database, bound[0])
    except (Undrawable, Unrunnable) as error:
        raise ToolError(f"it cannot be run: {error}") from None


def _statement(bench: Workbench, text: str) -> Statement:
    """The statement as the workload knows it, for how many rows it gives back."""
    known = workload.read(bench.target).get(sql.fingerprint(text))
    return known.model_copy(update={"text": text}) if known else workload.unknown(text)
