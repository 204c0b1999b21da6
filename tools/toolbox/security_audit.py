"""Audit encryption and access control: settings, sessions, roles, privileges, findings of the security checks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from dbengineer.tools import security
from dbengineer.tools.backups import managed
from dbengineer.tools.facts import SEVERITIES, Coverage, Fact, Finding, Result
from dbengineer.tools.readings import Readings
from dbengineer.tools.security import audit
from dbengineer.tools.texts import render
from dbengineer.tools.toolbox import run_checks
from dbengineer.tools.workbench import Workbench

effect = "draft"

TEMPLATE = Path(security.__file__).parent / "security.md.j2"

KINDS = {"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas", "L": "large objects"}


class Args(Fact):
    """Nothing to choose."""


def run(bench: Workbench, args: Args) -> Result:
    """security.md: the findings first, then the state of everything, then what a person has to look at."""
    checks = run_checks.run(bench, run_checks.Args(deliverable="security"))
    readings = Readings(bench, "security_audit")
    answers = audit.ask(readings)
    findings = sorted(checks.findings, key=lambda f: (SEVERITIES.index(f.severity), f.title, f.object))
    coverage = (*checks.coverage, *readings.coverage)
    text = report(bench, readings, answers, findings, coverage)
    serious = sum(f.severity in ("critical", "high") for f in findings)
    return Result(
        summary=f"security audit: {len(findings)} findings, {serious} of them critical or high",
        findings=checks.findings,
        coverage=coverage,
        artefacts=(bench.write("security.md", text, "Security audit", "security"),),
        evidence=tuple(dict.fromkeys(checks.evidence + readings.evidence())),
    )


def report(
    bench: Workbench,
    readings: Readings,
    answers: dict[str, audit.Answer],
    findings: list[Finding],
    coverage: tuple[Coverage, ...],
) -> str:
    """The text of security.md."""
    signs = readings.row("managed service", managed.SIGNS)
    return render(
        TEMPLATE,
        database=bench.target.database,
        service=managed.service(signs.get("roles") or [], signs.get("settings") or [], signs.get("aurora", False)),
        answers=answers,
        settings={r["name"]: r["setting"] or "" for r in answers["encryption settings"].rows},
        refusals={c.what: c.because for c in readings.coverage},
        findings=findings,
        counts=Counter(f.severity for f in findings),
        severities=SEVERITIES,
        checked=len(run_checks.chosen(run_checks.Args(deliverable="security"))),
        blind=[c for c in coverage if not c.complete],
        writers=audit.writers(answers),
        public=audit.to_public(answers),
        kinds=KINDS,
        role_problems=bench.target.role_problems,
        not_over_sql=audit.NOT_OVER_SQL,
    )
