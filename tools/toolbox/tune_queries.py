"""Find what makes each statement over 100 ms fast: another text, an index, or an honest reason why nothing does."""

from __future__ import annotations

from pydantic import Field

from dbengineer.tools.facts import Fact, Finding, Recommendation, Result
from dbengineer.tools.indexes import statistics
from dbengineer.tools.indexes.advice import Advice, advise, notable
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.plans.diagnose import Problem, diagnose
from dbengineer.tools.queries import hints, tuning, workload
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.tuning import Option
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.toolbox.workload import costly, finding
from dbengineer.tools.workbench import Workbench

effect = "scratch"
WORTH, SEEN_SHARE, MANY_TIMES, TWICE, SAVED_SHARE = 0.5, 0.01, 5.0, 2.0, 0.02


class Args(Fact):
    """How many of the longest statements to look at."""

    limit: int = Field(default=100, ge=1, le=1000)


def run(bench: Workbench, args: Args) -> Result:
    """An index is preferred to another text, for which the application has to change, unless that is twice as good."""
    found = workload.read(bench.target, limit=args.limit)
    if not found.statements:
        return Result(summary="no statement to tune", coverage=(found.coverage,))
    advice = advise(bench, found)
    options, problems, evidence = _tried(bench, found)
    chosen = [option for option in options if _worth(option, advice)]
    solved = {key for r in advice.recommendations for key in r.solves} | {o.statement.key for o in chosen}
    slow = [s for s in found.statements if s.slow]
    indexes = tuple(r for r in advice.recommendations if {s.key for s in slow} & set(r.solves))
    recommendations: tuple[Recommendation, ...] = tuple(tuning.recommendation(o, evidence) for o in chosen) + indexes
    findings = tuple(_finding(s, found, advice, problems, evidence, s.key in solved) for s in slow)
    left = [s for s in slow if s.key not in solved]
    summary = (
        f"{len(slow)} statements over 100 ms: {len(chosen)} other texts and {len(indexes)} indexes to try; "
        f"{len(left)} without any"
    )
    return Result(
        summary=summary,
        findings=findings + _costly(found, advice, chosen, evidence) + _repeated(found, bench, evidence),
        recommendations=recommendations,
        coverage=(found.coverage, advice.coverage),
        evidence=(advice.evidence, evidence),
    )


def _tried(bench: Workbench, found: Workload) -> tuple[list[Option], dict[str, tuple[Problem, ...]], str]:
    """The best rewrite of each statement that matters, what is wrong with the plans of slow ones, and the evidence."""
    from dbengineer.tools.scratch.shadow import hypothetical_index

    database = bench.shadow.database
    known = statistics.read(database)
    matter = [s for s in found.statements if s.slow or s.share >= SEEN_SHARE or notable(s)]
    bench.progress(f"trying other texts for {len(matter)} statements")
    with (
        bench.ledger.watch(
            "tune_queries", "scratch", "EXPLAIN (GENERIC_PLAN) of each statement and its other texts"
        ) as seen,
        Planner(database, create=hypothetical_index) as planner,
    ):
        options = [o for s in matter if (o := tuning.best(planner, s, bench.schema, known))]
        problems = {s.key: _problems(planner, s) for s in matter if s.slow}
        seen.saw = {
            "statements": len(matter),
            "rewrites": [
                {
                    "statement": o.statement.key,
                    "rule": o.rewrite.rule,
                    "before": round(o.before, 2),
                    "after": round(o.cost, 2),
                    "index": o.index.body if o.index else None,
                }
                for o in options
            ],
            "problems": {key: [f"{p.where}: {p.detail}" for p in all_] for key, all_ in problems.items()},
        }
    return options, problems, seen.id


def _problems(planner: Planner, statement: Statement) -> tuple[Problem, ...]:
    try:
        return diagnose(planner.plan(statement))
    except Unplannable:
        return ()


def _worth(option: Option, advice: Advice) -> bool:
    change = advice.selection.change(option.statement.fingerprint)
    return option.cost < option.before * WORTH and (change is None or option.cost < change.after * WORTH)


def _finding(
    statement: Statement,
    found: Workload,
    advice: Advice,
    problems: dict[str, tuple[Problem, ...]],
    evidence: str,
    solved: bool,
) -> Finding:
    unplannable = advice.selection.unplannable.get(statement.fingerprint, "")
    because = "" if solved else hints.reason(statement, problems.get(statement.key, ()), unplannable)
    return finding(statement, found, evidence, because)


def _costly(found: Workload, advice: Advice, chosen: list[Option], evidence: str) -> tuple[Finding, ...]:
    """The statements under 100 ms that can be five times cheaper, or twice where that saves 2 % of all time."""
    factors = {o.statement.fingerprint: o.before / max(o.cost, 1.0) for o in chosen}
    for change in advice.selection.statements:
        factors[change.fingerprint] = max(factors.get(change.fingerprint, 1.0), change.before / max(change.after, 1.0))
    quick = [s for s in found.statements if not s.slow and notable(s)]
    worth = [(s, factors.get(s.fingerprint, 1.0)) for s in quick]
    return tuple(costly(s, found, factor, evidence) for s, factor in worth if _saves(s, factor))


def _saves(statement: Statement, factor: float) -> bool:
    return factor >= MANY_TIMES or (factor >= TWICE and statement.share * (1 - 1 / factor) >= SAVED_SHARE)


def _repeated(found: Workload, bench: Workbench, evidence: str) -> tuple[Finding, ...]:
    """What is quick by itself and runs far too often, or fetches what nobody may need: for a person to look at."""
    names = Names(bench.schema)
    said = []
    calls = sum(s.calls for s in found.statements)
    for s in found.statements:
        if not s.slow and notable(s) and (paging := hints.paging(s)):
            said.append(("deep_pages", "Pages that are counted off", s, paging))
        if hints.repeated(s, calls):
            detail = f"{s.calls:,} calls of {s.mean_ms:.2g} ms for one row each: one statement for many keys costs less"
            said.append(("repeated_statement", "Statement looks like one of a loop", s, detail))
        if s.share >= SEEN_SHARE and (unjoined := hints.not_in(s, bench.schema)):
            said.append(("not_in_subquery", "NOT IN over a subquery", s, unjoined))
        tables = [t for name in s.tables if (t := names.table(*_parts(name)))]
        if s.share >= SEEN_SHARE and (wide := hints.wide_columns(s, tables)):
            detail = f"SELECT * fetches {', '.join(wide[:5])} too; name the columns that are needed"
            said.append(("select_star", "SELECT * fetches wide columns", s, detail))
    return tuple(
        Finding(
            check=check,
            title=title,
            deliverable="queries",
            object=s.key,
            detail=detail,
            severity="info",
            evidence=(evidence,),
        )
        for check, title, s, detail in said
    )


def _parts(name: str) -> tuple[str, str]:
    schema, _, table = name.rpartition(".")
    return schema, table
