"""The disasters, a file each in `scenarios/`: how it is noticed, what to type, how long it takes, how to verify."""

from __future__ import annotations

import shlex
from pathlib import Path

from dbengineer.tools.backups.arithmetic import MB, Assumptions, Part, Sum, afterwards, people
from dbengineer.tools.backups.measure import Facts
from dbengineer.tools.backups.plan import Plan
from dbengineer.tools.facts import Fact
from dbengineer.tools.texts import duration, render

FOLDER = Path(__file__).parent / "scenarios"

DUMP = (
    "createdb restored\npg_restore --dbname=restored --jobs=4 --exit-on-error /var/backups/postgresql/dump/<timestamp>/"
)
BASE = "# Section \"Point in time\" of backup/restore.md, with WHEN='<time just before>'"
PGBACKREST = """pgbackrest --stanza={stanza} info
pgbackrest --stanza={stanza} --type=time --target='<time just before>' --target-action=promote \\
  --archive-mode=off restore"""


class Scenario(Fact):
    """One disaster; `commands` is shell for this server, `time` the sum of what it takes."""

    title: str
    notice: str
    first: str
    commands: str
    time: Sum
    loss: str
    verify: str


def scenarios(facts: Facts, plan: Plan, assumed: Assumptions) -> tuple[Scenario, ...]:
    """Every scenario file, filled in for this server."""
    import yaml

    fields = {
        "f": facts,
        "plan": plan,
        "database": shlex.quote(facts.database),
        "restore": restore(facts, plan),
        "loss": loss(plan),
    }
    known, made = times(facts, plan, assumed), []
    for path in sorted(FOLDER.glob("*.yaml.j2")):
        # A plain "word: word" inside a value is not YAML, so that the loader tells of it at once.
        written = yaml.safe_load(render(path, **fields))
        made.append(Scenario(**{k: v.strip() for k, v in written.items()} | {"time": known[written["time"]]}))
    return tuple(made)


def restore(facts: Facts, plan: Plan) -> str:
    """How everything is restored by the plan's method, beside what is there."""
    if plan.managed:
        return f"WHEN='<UTC time just before>'\n{plan.managed.point_in_time}"
    if plan.method == "pgbackrest":
        return PGBACKREST.format(stanza=shlex.quote(facts.database))
    return DUMP + shlex.quote(facts.database) if plan.method == "dump" else BASE


def times(facts: Facts, plan: Plan, assumed: Assumptions) -> dict[str, Sum]:
    """The times that scenarios name; what nobody can know beforehand leaves a total unknown."""
    detect, decide, _ = people(assumed)
    whole = whole_restore(plan)
    how = "assumed: network, secrets and images of a new site take twice as long again"
    site = Part(name="a new site", seconds=assumed.provision_minutes * 60 * 2, how=how)
    clean = Part(name="find the last clean backup", seconds=None, how="depends on the age of the damage")
    forensics = Part(name="containment and forensics", seconds=None, how="days rather than minutes")
    mend = Part(name="mend the cause", seconds=None, how="depends on the cause")
    return {
        "restore": whole,
        "site": _sum(*whole.parts, site),
        "corruption": _sum(clean, *whole.parts),
        "ransomware": _sum(forensics, *whole.parts),
        "replica": _sum(detect, decide, copy(facts, plan, assumed)),
        "wal": _sum(detect, decide, mend),
        "credential": _sum(detect, decide, *afterwards(assumed)),
    }


def whole_restore(plan: Plan) -> Sum:
    """The time of a whole restore: the plan's sum, or unknown where a service does it."""
    if plan.managed:
        how = f"restore once with {plan.managed.name} and write the time here"
        return _sum(Part(name="restore by the service", seconds=None, how=how))
    return plan.rto or plan.rto_dump


def copy(facts: Facts, plan: Plan, assumed: Assumptions) -> Part:
    """Copying the cluster to a standby."""
    if plan.managed:
        return Part(name="copy by the service", seconds=None, how="make a replica once and write the time here")
    slowest = min(assumed.network_mb_s, assumed.disk_write_mb_s)
    how = f"measured size / {slowest:g} MB/s (assumed)"
    return Part(name="copy the cluster", seconds=facts.bytes / (slowest * MB), how=how)


def loss(plan: Plan) -> str:
    """What is lost when everything has to come from the backups."""
    if plan.managed:
        return "up to the service's latest restorable time"
    today = duration(plan.rpo_now.seconds) if plan.rpo_now else "everything since the last backup"
    planned = duration(plan.rpo.seconds) if plan.rpo else "not measured"
    return f"today: {today}; with the backup plan in place: {planned}"


def _sum(*parts: Part) -> Sum:
    return Sum(name="expected time", parts=parts)
