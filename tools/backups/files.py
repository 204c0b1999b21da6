"""The files of a backup plan: what to read, what to install and what to run, from templates beside this module."""

from __future__ import annotations

from pathlib import Path

from dbengineer.tools.backups import contents
from dbengineer.tools.backups.arithmetic import Assumptions
from dbengineer.tools.backups.measure import Facts
from dbengineer.tools.backups.plan import Plan
from dbengineer.tools.backups.records import Drill
from dbengineer.tools.facts import Artefact
from dbengineer.tools.texts import render
from dbengineer.tools.workbench import Workbench

HERE = Path(__file__).parent

UNIT = "postgresql-backup"
"""The name that all systemd units begin with."""


def write(
    bench: Workbench, facts: Facts, drill: Drill | None, plan: Plan, assumed: Assumptions
) -> tuple[Artefact, ...]:
    """Writes the files that fit the method; each is complete and can be run as it is."""
    tables = contents.tables(bench.target)
    digests = {t.label: contents.digest_sql(t) for t in tables}
    fields = {"f": facts, "d": drill, "plan": plan, "assumed": assumed, "digests": digests, "unit": UNIT}
    return tuple(
        bench.write(f"backup/{path}", render(HERE / template, **fields, **extra), title, "backup")
        for path, template, title, extra in _wanted(plan)
    )


def jobs(plan: Plan) -> dict[str, str]:
    """What runs when, as systemd calendar expressions (UTC)."""
    physical = {"full": "Sun *-*-* 01:10:00 UTC"} if plan.method in ("basebackup", "pgbackrest") else {}
    daily = {"incremental": "Mon..Sat *-*-* 01:10:00 UTC"} if plan.incremental else {}
    dump = {"dump": "Sat *-*-* 03:10:00 UTC" if physical else "*-*-* 03:10:00 UTC"}
    return physical | daily | dump | {"prune": "*-*-* 05:10:00 UTC"}


def crontab_lines(plan: Plan) -> list[tuple[str, str]]:
    """The same schedule as crontab fields (in the time zone of the machine)."""
    days = {"full": "10 1 * * 0", "incremental": "10 1 * * 1-6", "prune": "10 5 * * *"}
    days["dump"] = "10 3 * * 6" if "full" in jobs(plan) else "10 3 * * *"
    return [(days[name], name) for name in jobs(plan)]


def _wanted(plan: Plan) -> list[tuple[str, str, str, dict[str, object]]]:
    """The files as (path, template, title, further fields)."""
    wanted: list[tuple[str, str, str, dict[str, object]]] = [
        ("plan.md", "plan.md.j2", "Backup plan", {"jobs": jobs(plan)}),
        ("backup.sh", "backup.sh.j2", "Backup script", {}),
        ("restore.md", "restore.md.j2", "Restore runbook", {}),
        ("verify.sql", "verify.sql.j2", "What to compare after a restore", {}),
        ("crontab", "crontab.j2", "Schedule for cron", {"lines": crontab_lines(plan)}),
        (f"systemd/{UNIT}@.service", "backup.service.j2", "Schedule for systemd: the job", {}),
    ]
    for name, calendar in jobs(plan).items():
        fields: dict[str, object] = {"name": name, "calendar": calendar}
        wanted.append((f"systemd/{UNIT}-{name}.timer", "backup.timer.j2", f"Schedule for systemd: {name}", fields))
    if plan.method in ("basebackup", "pgbackrest"):
        wanted.append(("postgresql.conf", "postgresql.conf.j2", "Settings to add", {}))
    if plan.method == "pgbackrest":
        wanted.append(("pgbackrest.conf", "pgbackrest.conf.j2", "Configuration of pgBackRest", {}))
    return wanted
