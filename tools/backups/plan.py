"""The backup plan: the method that fits this server, its settings, schedule and sums."""

from __future__ import annotations

from typing import Literal

from dbengineer.tools.backups import arithmetic
from dbengineer.tools.backups.arithmetic import Assumptions, Input, Storage, Sum
from dbengineer.tools.backups.managed import SERVICES, Managed
from dbengineer.tools.backups.measure import Facts
from dbengineer.tools.backups.records import Drill
from dbengineer.tools.facts import Fact

Method = Literal["dump", "basebackup", "pgbackrest", "managed"]

LARGE = 100 * 1024**3
"""Bytes above which one pg_basebackup stream takes too long and a parallel, compressing tool is chosen."""

SMALL = 10 * 1024**3
"""Bytes up to which dumps alone may do, if the allowed loss of data is a day or more."""

NAMES: dict[Method, str] = {
    "dump": "dumps alone (pg_dump and pg_dumpall)",
    "basebackup": "pg_basebackup with WAL archiving",
    "pgbackrest": "pgBackRest with WAL archiving",
    "managed": "the service's own backups, and an independent dump",
}


class Setting(Fact):
    """A setting to change: the value it has and the value it needs."""

    name: str
    value: str
    now: str
    restart: bool
    why: str


class Plan(Fact):
    """What to do for backups, and the sums behind it."""

    method: Method
    because: tuple[str, ...]
    incremental: bool
    keeps_archive: bool
    settings: tuple[Setting, ...]
    inputs: tuple[Input, ...]
    rpo_now: Sum | None
    rpo: Sum | None
    rto: Sum | None
    rto_dump: Sum
    storage: Storage
    longest_interval: float | None
    managed: Managed | None

    @property
    def name(self) -> str:
        """The method as people call it."""
        return NAMES[self.method] + (", full and incremental" if self.incremental else "")


def make(facts: Facts, drill: Drill | None, assumed: Assumptions) -> Plan:
    """Chooses the method and does the sums; nothing is measured here."""
    method, because = choose(facts, assumed)
    incremental = method == "pgbackrest" or (method == "basebackup" and facts.major >= 17)
    dump_rate, restore_rate = (drill.dump_rate, drill.restore_rate) if drill else (None, None)
    dump_seconds = facts.database_bytes / dump_rate if dump_rate else None
    physical = method in ("basebackup", "pgbackrest")
    rto = arithmetic.physical_rto(facts.bytes, facts.wal, assumed, incremental=incremental) if physical else None
    return Plan(
        method=method,
        because=because,
        incremental=incremental,
        keeps_archive=physical and facts.archives,
        settings=settings(facts, assumed, method) if physical else (),
        inputs=inputs(facts, drill, assumed),
        rpo_now=_archive(facts, assumed, facts.archive_timeout) if facts.archives and not facts.service else None,
        rpo=_archive(facts, assumed, assumed.archive_timeout_s)
        if physical
        else (arithmetic.dump_rpo(86400, dump_seconds) if method == "dump" else None),
        rto=rto,
        longest_interval=arithmetic.longest_interval(rto, facts.wal, assumed) if rto else None,
        rto_dump=arithmetic.logical_rto(
            facts.database_bytes, restore_rate, drill.dump_bytes if drill else None, assumed
        ),
        storage=arithmetic.storage(facts.bytes, facts.wal, assumed, incremental=incremental),
        managed=SERVICES.get(facts.service),
    )


def _archive(facts: Facts, assumed: Assumptions, timeout: float) -> Sum:
    return arithmetic.archive_rpo(facts.segment, facts.wal, timeout, assumed.upload_s, assumed.alert_s)


def choose(facts: Facts, assumed: Assumptions) -> tuple[Method, tuple[str, ...]]:
    """The method and the reasons for it, from service, allowed loss, version and size."""
    loss = f"a loss of {assumed.rpo_minutes:g} minutes is allowed (assumed)"
    if facts.service:
        return "managed", (
            f"this is {SERVICES[facts.service].name}: no file access, so neither pg_basebackup nor archiving",
        )
    if assumed.rpo_minutes >= 1440 and facts.database_bytes <= SMALL:
        return "dump", (loss, "the database is small, and a daily dump keeps to that")
    pitr = f"{loss}: dumps cannot keep to that, a WAL archive can"
    if "pgbackrest" in facts.settings.get("archive_command", ""):
        return "pgbackrest", (pitr, "the server archives with pgBackRest already")
    if facts.bytes > LARGE:
        return "pgbackrest", (pitr, "above 100 GB one pg_basebackup stream is too slow; pgBackRest works in parallel")
    if facts.tablespaces:
        return "pgbackrest", (
            pitr,
            "there are tablespaces: pgBackRest maps them, a plain pg_basebackup stumbles over them",
        )
    if facts.major < 15:
        return "pgbackrest", (
            pitr,
            "before version 15 there is no archive library; a safe archive_command comes with pgBackRest",
        )
    extra = "version 17 and later take incremental backups themselves" if facts.major >= 17 else "the size allows it"
    return "basebackup", (pitr, f"PostgreSQL's own tools are enough for this size: {extra}")


def settings(facts: Facts, assumed: Assumptions, method: Method) -> tuple[Setting, ...]:
    """The settings that differ from what the method needs; an archive that works is left as it is."""
    wanted: list[tuple[str, str, bool, str]] = []
    if facts.settings.get("wal_level") == "minimal":
        wanted.append(("wal_level", "replica", True, "a WAL archive and standbys need it"))
    if int(facts.settings.get("max_wal_senders", "10")) < 3:
        wanted.append(("max_wal_senders", "10", True, "pg_basebackup takes two connections"))
    if not facts.archives:
        wanted.append(("archive_mode", "on", True, "hands each finished WAL segment to the archive"))
        wanted += _archiver(facts, method)
    if facts.archive_timeout == 0 or facts.archive_timeout > assumed.archive_timeout_s:
        wanted.append(
            ("archive_timeout", f"{assumed.archive_timeout_s}s", False, "bounds the loss when little is written")
        )
    if method == "basebackup" and facts.major >= 17:
        if facts.settings.get("summarize_wal") == "off":
            wanted.append(("summarize_wal", "on", False, "incremental backups are made from WAL summaries"))
        if int(facts.settings.get("wal_summary_keep_time", "14400")) < 14400:
            wanted.append(("wal_summary_keep_time", "10d", False, "longer than the interval between full backups"))
    return tuple(
        Setting(name=name, value=value, now=facts.settings.get(name, ""), restart=restart, why=why)
        for name, value, restart, why in wanted
    )


def _archiver(facts: Facts, method: Method) -> list[tuple[str, str, bool, str]]:
    if method == "pgbackrest":
        return [("archive_command", f"pgbackrest --stanza={facts.database} archive-push %p", False, "never overwrites")]
    return [
        ("archive_library", "basic_archive", False, "copies with fsync and never overwrites; part of contrib"),
        ("basic_archive.archive_directory", "/var/backups/postgresql/archive", False, "a mount from another machine"),
    ]


def inputs(facts: Facts, drill: Drill | None, assumed: Assumptions) -> tuple[Input, ...]:
    """Every number of the plan: where it was measured, or that it is assumed and under which name to change it."""
    cited = facts.evidence
    measured = [
        ("size of the database", facts.database_bytes, "bytes", cited.get("sizes", "")),
        ("size of the cluster", facts.cluster_bytes, "bytes", cited.get("sizes", "")),
        (
            f"WAL rate over {facts.wal_window:g} s",
            facts.wal_now,
            "bytes/s",
            cited.get("WAL position, second reading", ""),
        ),
        ("WAL rate since the statistics reset", facts.wal_average, "bytes/s", cited.get("WAL since reset", "")),
        ("age of the last archived segment", facts.archiving.age, "s", cited.get("archiver", "")),
        ("dump rate of the drill", drill.dump_rate if drill else None, "bytes/s", drill.evidence if drill else ""),
        (
            "restore rate of the drill",
            drill.restore_rate if drill else None,
            "bytes/s",
            drill.evidence if drill else "",
        ),
    ]
    known = [Input(name=n, value=v, unit=u, kind="measured", source=s) for n, v, u, s in measured]
    units = {"minutes": "min", "days": "days", "s": "s", "month": "USD/GB/month", "compression": "of the size"}
    guessed = [
        Input(
            name=name,
            value=float(value),
            unit="MB/s" if name.endswith("mb_s") else units[name.rsplit("_", 1)[-1]],
            kind="assumed",
            source="reference drill" if name in ("combine_mb_s", "replay_mb_s") else "assumption",
        )
        for name, value in assumed.model_dump().items()
    ]
    return (*known, *guessed)
