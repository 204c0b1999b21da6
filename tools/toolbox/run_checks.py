"""Find what is wrong in the database, by deliverable: schema (types, money, keys, tenants, partitions), indexes,
queries, backup (what a crash would lose), monitoring, recovery (slots, WAL), security (who can see or do what)."""

from __future__ import annotations

from dbengineer.tools import checking
from dbengineer.tools.checking import Check, Outcome
from dbengineer.tools.facts import Coverage, DeliverableId, Fact, Result
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench

effect = "read"


class Args(Fact):
    """Which checks: those of a deliverable, or one by its name."""

    deliverable: DeliverableId | None = None
    check: str | None = None


def run(bench: Workbench, args: Args) -> Result:
    """Each check leaves evidence of what it ran, found and could look at."""
    extents: dict[str, Coverage] = {}
    outcomes: list[Outcome] = []
    evidence: list[str] = []
    for check in chosen(args):
        bench.progress(f"check: {check.title.lower()}")
        if check.examines not in extents:
            extents[check.examines] = checking.extent(bench.target, check.examines)
        if check.name not in bench.outcomes:
            bench.outcomes[check.name] = _recorded(bench, check, extents[check.examines])
        outcome, evidence_id = bench.outcomes[check.name]
        outcomes.append(outcome)
        evidence.append(evidence_id)
    applicable = [o for o in outcomes if o.sql]
    findings = tuple(f for o in applicable for f in o.findings)
    return Result(
        summary=f"{len(applicable)} checks, {len(findings)} findings",
        findings=findings,
        coverage=tuple(dict.fromkeys(o.coverage for o in applicable)),
        evidence=tuple(evidence),
    )


def chosen(args: Args) -> list[Check]:
    """The checks that the arguments name; raises ToolError for a name that is not a check."""
    every = checking.all_checks()
    if args.check is None:
        return [c for c in every.values() if args.deliverable in (None, c.deliverable)]
    if args.check not in every:
        raise ToolError(f"there is no check {args.check!r}; `dbengineer check` lists them all")
    return [every[args.check]]


def _recorded(bench: Workbench, check: Check, coverage: Coverage) -> tuple[Outcome, str]:
    with bench.ledger.watch(f"check {check.name}", "target", check.query_for(bench.target.version) or "") as seen:
        outcome = checking.run(check, bench.target, coverage)
        seen.saw = {
            "found": [{"object": f.object, "detail": f.detail} for f in outcome.findings],
            "coverage": outcome.coverage.model_dump(),
        }
    found = tuple(f.model_copy(update={"evidence": (seen.id,)}) for f in outcome.findings)
    return outcome.model_copy(update={"findings": found}), seen.id
