"""RPO, RTO and storage: the sums of a backup plan, with every input named as measured or assumed."""

from __future__ import annotations

import math
from typing import Literal

from dbengineer.tools.facts import Fact

MB = 1024 * 1024


class Assumptions(Fact):
    """What nobody can measure from here; every number may be changed and the plan made again.

    The rates of combining (188 MB/s) and of replay (118 MB/s) are reference values from a drill with pgbench data on
    two cores (361 MB combined in 1.92 s; 290 and 520 MB of WAL replayed at 132 and 104 MB/s).
    """

    rpo_minutes: float = 5
    rto_minutes: float = 60
    retention_days: int = 14
    full_every_days: int = 7
    archive_timeout_s: int = 60
    upload_s: float = 5
    alert_s: float = 65
    detect_minutes: float = 5
    decide_minutes: float = 10
    provision_minutes: float = 15
    verify_minutes: float = 10
    reconnect_minutes: float = 5
    network_mb_s: float = 100
    disk_write_mb_s: float = 200
    decompress_mb_s: float = 300
    combine_mb_s: float = 188
    replay_mb_s: float = 118
    backup_compression: float = 1.0
    wal_compression: float = 1.0
    price_gb_month: float = 0.023


class Input(Fact):
    """One number that goes into a sum; `source` is an evidence id, or says that it is assumed."""

    name: str
    value: float | None
    unit: str
    kind: Literal["measured", "assumed"]
    source: str


class Part(Fact):
    """One addend of a time, in seconds; None where it was not measured."""

    name: str
    seconds: float | None
    how: str


class Sum(Fact):
    """A time made of its parts; it is unknown as soon as one part is."""

    name: str
    parts: tuple[Part, ...]

    @property
    def seconds(self) -> float | None:
        """The total, or None where a part was not measured."""
        return None if self.missing else sum(p.seconds or 0 for p in self.parts)

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the parts that were not measured."""
        return tuple(p.name for p in self.parts if p.seconds is None)


def archive_rpo(segment: int, wal: float | None, timeout: float, upload: float, alert: float) -> Sum:
    """Worst data loss with a WAL archive: the segment that is not closed yet, its upload, and the alert's delay.

    A segment closes when it is full or after archive_timeout, whichever is first; without a timeout a quiet server
    never closes it, so that a rate near zero gives no bound.
    """
    fill = segment / wal if wal else None
    bounds = [b for b in (fill, timeout or None) if b is not None]
    how = (
        f"segment of {segment // MB} MB fills in {fill:.0f} s" if fill is not None else "WAL rate not measured or zero"
    )
    how += f", archive_timeout {timeout:.0f} s" if timeout else ", no archive_timeout"
    return Sum(
        name="RPO with a WAL archive",
        parts=(
            Part(name="open segment", seconds=min(bounds) if bounds else None, how=how),
            Part(name="upload", seconds=upload, how="assumed"),
            Part(name="alert delay", seconds=alert, how="assumed: a failed archive is noticed after this time"),
        ),
    )


def dump_rpo(interval: float, dump_seconds: float | None) -> Sum:
    """Worst data loss with dumps alone: a whole interval, and the dump that was not finished."""
    return Sum(
        name="RPO with dumps alone",
        parts=(
            Part(name="interval between dumps", seconds=interval, how="schedule"),
            Part(name="dump in progress", seconds=dump_seconds, how="size / measured dump rate"),
        ),
    )


def people(assumed: Assumptions) -> tuple[Part, ...]:
    """The time before a restore starts."""
    return (
        Part(name="detect", seconds=assumed.detect_minutes * 60, how="assumed"),
        Part(name="decide", seconds=assumed.decide_minutes * 60, how="assumed"),
        Part(name="provision a server", seconds=assumed.provision_minutes * 60, how="assumed"),
    )


def afterwards(assumed: Assumptions) -> tuple[Part, ...]:
    """The time after a restore: promote, verify, send the clients there."""
    return (
        Part(name="verify", seconds=assumed.verify_minutes * 60, how="assumed"),
        Part(name="reconnect", seconds=assumed.reconnect_minutes * 60, how="assumed"),
    )


def copy_part(size: float, assumed: Assumptions) -> Part:
    """Fetching a base backup: its size over the slowest of network, disk and decompression."""
    slowest = min(assumed.network_mb_s, assumed.disk_write_mb_s, assumed.decompress_mb_s)
    return Part(
        name="fetch the base backup", seconds=size / (slowest * MB), how=f"measured size / {slowest:g} MB/s (assumed)"
    )


def physical_rto(size: float, wal: float | None, assumed: Assumptions, *, incremental: bool) -> Sum:
    """Time to restore base backup and WAL; the WAL since the last backup is that of a whole backup interval."""
    interval = 86400 if incremental else assumed.full_every_days * 86400
    parts = [*people(assumed), copy_part(size, assumed)]
    if incremental:
        how = f"measured size / {assumed.combine_mb_s:g} MB/s (reference drill)"
        parts.append(Part(name="combine full and incrementals", seconds=size / (assumed.combine_mb_s * MB), how=how))
    replay = None if wal is None else wal * interval / (assumed.replay_mb_s * MB)
    how = f"WAL of {interval // 86400} day(s) at the measured rate / {assumed.replay_mb_s:g} MB/s (reference drill)"
    parts.append(Part(name="replay WAL", seconds=replay, how=how))
    return Sum(name="RTO, physical restore", parts=(*parts, *afterwards(assumed)))


def longest_interval(rto: Sum, wal: float | None, assumed: Assumptions) -> float | None:
    """Seconds between two backups at which replay still keeps to the allowed time; negative where nothing does."""
    if not wal or "replay WAL" in rto.missing:
        return None
    others = sum(p.seconds or 0 for p in rto.parts if p.name != "replay WAL")
    return (assumed.rto_minutes * 60 - others) * assumed.replay_mb_s * MB / wal


def logical_rto(size: float, restore_rate: float | None, dump_bytes: float | None, assumed: Assumptions) -> Sum:
    """Time to restore a dump at the rate that the drill has measured."""
    fetch = None if dump_bytes is None else dump_bytes / (assumed.network_mb_s * MB)
    restore = size / restore_rate if restore_rate else None
    return Sum(
        name="RTO, restore of a dump",
        parts=(
            *people(assumed),
            Part(name="fetch the dump", seconds=fetch, how=f"measured dump / {assumed.network_mb_s:g} MB/s (assumed)"),
            Part(
                name="pg_restore and ANALYZE", seconds=restore, how="measured size / measured restore rate of the drill"
            ),
            *afterwards(assumed),
        ),
    )


class Storage(Fact):
    """What a retention costs: bytes kept, and money a month."""

    fulls: int
    full_bytes: float
    incrementals: int
    incremental_bytes: float
    wal_bytes: float | None
    total: float | None
    price: float | None


def storage(size: float, wal: float | None, assumed: Assumptions, *, incremental: bool) -> Storage:
    """Fulls, incrementals and WAL of a retention.

    WAL is kept from the oldest kept full, so retention plus one full interval. An incremental holds what has changed
    since its full, half an interval on average; the WAL of that time and the size of the cluster are its bounds.
    """
    days = assumed.retention_days + assumed.full_every_days
    fulls = math.ceil(assumed.retention_days / assumed.full_every_days) + 1
    full_bytes = fulls * size * assumed.backup_compression
    incrementals = days - fulls if incremental else 0
    each = min(size, (wal or 0) * 86400 * assumed.full_every_days / 2) * assumed.backup_compression
    wal_bytes = None if wal is None else wal * 86400 * days * assumed.wal_compression
    total = None if wal_bytes is None else full_bytes + incrementals * each + wal_bytes
    return Storage(
        fulls=fulls,
        full_bytes=full_bytes,
        incrementals=incrementals,
        incremental_bytes=incrementals * each,
        wal_bytes=wal_bytes,
        total=total,
        price=None if total is None else total / 1024**3 * assumed.price_gb_month,
    )
