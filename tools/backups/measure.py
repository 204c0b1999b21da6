"""What a backup plan rests on, measured: sizes, write-ahead log, archive, replicas, settings."""

from __future__ import annotations

import time
from typing import Any

from dbengineer.tools.backups import managed
from dbengineer.tools.backups.managed import SIGNS, Service
from dbengineer.tools.facts import Fact
from dbengineer.tools.readings import Readings

SETTINGS = (
    "archive_command",
    "archive_library",
    "archive_mode",
    "archive_timeout",
    "checkpoint_timeout",
    "data_checksums",
    "full_page_writes",
    "hot_standby",
    "max_slot_wal_keep_size",
    "max_wal_senders",
    "max_wal_size",
    "port",
    "server_version",
    "ssl",
    "summarize_wal",
    "synchronous_commit",
    "synchronous_standby_names",
    "wal_level",
    "wal_segment_size",
    "wal_summary_keep_time",
)

SIZES = """
SELECT pg_database_size(current_database())::bigint AS database_bytes,
       sum(CASE WHEN readable THEN pg_database_size(oid) END)::bigint AS cluster_bytes,
       count(*) FILTER (WHERE readable)::int AS readable, count(*)::int AS databases
FROM (SELECT oid, has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') AS readable
      FROM pg_database) d
"""
LSN = """
SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       '0/0')::bigint AS position, extract(epoch FROM clock_timestamp())::float8 AS at
"""
SHORTEST_AVERAGE = 600.0
"""Seconds that an average has to cover: just after a reset one load or one checkpoint makes all of it."""
SINCE_RESET = """
SELECT wal_bytes::bigint AS bytes, extract(epoch FROM now() - stats_reset)::float8 AS seconds FROM pg_stat_wal
"""
ARCHIVER = """
SELECT archived_count::bigint, failed_count::bigint, last_archived_wal, last_failed_wal,
       extract(epoch FROM now() - last_archived_time)::float8 AS archived_age,
       coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing
FROM pg_stat_archiver
"""
REPLICAS = """
SELECT application_name, state, sync_state, extract(epoch FROM replay_lag)::float8 AS lag_seconds,
       pg_wal_lsn_diff(sent_lsn, replay_lsn)::bigint AS lag_bytes
FROM pg_stat_replication ORDER BY 1
"""
PLACE = """
SELECT pg_is_in_recovery() AS in_recovery,
       (SELECT array_agg(spcname::text ORDER BY 1) FROM pg_tablespace WHERE spcname !~ '^pg_') AS tablespaces,
       (SELECT array_agg(extname || ' ' || extversion ORDER BY 1) FROM pg_extension) AS extensions,
       (SELECT array_agg(rolname::text ORDER BY 1) FROM pg_roles WHERE rolreplication AND rolcanlogin)
       AS replication_roles,
       current_setting('server_encoding') AS encoding,
       (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS collate
"""


class Replica(Fact):
    """A standby that is connected: how far behind it is."""

    name: str
    state: str
    sync_state: str
    lag_seconds: float | None
    lag_bytes: int | None


class Archiving(Fact):
    """What the archiver has done so far; ages in seconds."""

    archived: int = 0
    failed: int = 0
    age: float | None = None
    failing: bool = False
    last_failed: str = ""


class Facts(Fact):
    """What was measured of a server for its backups; sizes in bytes, rates in bytes a second.

    `wal_average` is None where `wal_average_seconds` are too few. `evidence` gives the id of the reading behind each
    group of facts.
    """

    database: str
    version: int
    service: Service
    in_recovery: bool
    database_bytes: int
    cluster_bytes: int | None
    databases: int
    wal_now: float | None
    wal_window: float
    wal_average: float | None
    wal_average_seconds: float | None
    archiving: Archiving
    replicas: tuple[Replica, ...]
    settings: dict[str, str]
    tablespaces: tuple[str, ...]
    extensions: tuple[str, ...]
    replication_roles: tuple[str, ...]
    encoding: str
    collate: str
    evidence: dict[str, str]

    @property
    def major(self) -> int:
        """The major version, such as 18."""
        return self.version // 10000

    @property
    def wal(self) -> float | None:
        """The WAL rate to plan with: the higher of the average since the reset and what was seen just now."""
        known = [r for r in (self.wal_now, self.wal_average) if r is not None]
        return max(known) if known else None

    @property
    def bytes(self) -> int:
        """The size to plan with: the cluster's, since a physical backup takes all of it."""
        return self.cluster_bytes or self.database_bytes

    @property
    def archives(self) -> bool:
        """Whether the server hands WAL to an archive."""
        filled = self.settings.get("archive_command") not in (None, "", "(disabled)")
        return self.settings.get("archive_mode") in ("on", "always") and (
            filled or bool(self.settings.get("archive_library"))
        )

    @property
    def archive_timeout(self) -> int:
        """Seconds after which a WAL segment is closed even when it is not full; 0 means never."""
        return int(self.settings.get("archive_timeout", "0"))

    @property
    def segment(self) -> int:
        """The size of a WAL segment in bytes."""
        return int(self.settings.get("wal_segment_size", 16 * 1024 * 1024))


def measure(readings: Readings, *, seconds: float = 3.0) -> Facts:
    """Reads everything a plan needs; the WAL position is read twice, `seconds` apart."""
    sizes, place = readings.row("sizes", SIZES), readings.row("server", PLACE)
    readings.partly(
        "databases in the size of the cluster",
        sizes["readable"],
        sizes["databases"],
        "no CONNECT privilege on the rest",
    )
    signs = readings.row("managed service", SIGNS)
    settings = {r["name"]: r["setting"] for r in readings.rows("settings", settings_query())}
    wal_now, window = rate_now(readings, seconds)
    average = readings.row("WAL since reset", SINCE_RESET) if readings.bench.target.version >= 140000 else {}
    return Facts(
        database=readings.bench.target.database,
        version=readings.bench.target.version,
        service=managed.service(signs.get("roles") or [], signs.get("settings") or [], signs.get("aurora", False)),
        in_recovery=place["in_recovery"],
        database_bytes=sizes["database_bytes"],
        cluster_bytes=sizes["cluster_bytes"] if sizes["readable"] == sizes["databases"] else None,
        databases=sizes["databases"],
        wal_now=wal_now,
        wal_window=window,
        wal_average=average_rate(average.get("bytes"), average.get("seconds")),
        wal_average_seconds=average.get("seconds"),
        archiving=archiving(readings),
        replicas=replicas(readings),
        settings={name: value or "" for name, value in settings.items()},
        tablespaces=tuple(place["tablespaces"] or ()),
        extensions=tuple(place["extensions"] or ()),
        replication_roles=tuple(place["replication_roles"] or ()),
        encoding=place["encoding"],
        collate=place["collate"],
        evidence=dict(readings.ids),
    )


def average_rate(bytes_: float | None, seconds: float | None) -> float | None:
    """Bytes of WAL a second since the statistics were reset; None where that is too short ago to say anything."""
    if bytes_ is None or seconds is None or seconds < SHORTEST_AVERAGE:
        return None
    return bytes_ / seconds


def settings_query() -> str:
    """The query for the settings that matter; a setting that this version does not have gives no row."""
    names = ", ".join(f"'{name}'" for name in SETTINGS)
    return f"SELECT name, setting FROM pg_settings WHERE name IN ({names}) ORDER BY 1"


def watch_wal(readings: Readings) -> dict[str, Any]:
    """The first reading of the WAL position in this run: the earlier, the longer the time the rate is taken over."""
    return readings.row("WAL position, first reading", LSN)


def rate_now(readings: Readings, seconds: float) -> tuple[float | None, float]:
    """Bytes of WAL a second between two readings of the position, at least `seconds` apart, and the seconds between."""
    first = watch_wal(readings)
    if first and "WAL position, second reading" not in readings_known(readings):
        time.sleep(max(0.0, seconds - readings.age("WAL position, first reading")))
    second = readings.row("WAL position, second reading", LSN)
    if not first or not second or first["position"] is None:
        return None, 0.0
    window = second["at"] - first["at"]
    return (second["position"] - first["position"]) / window, round(window, 2)


def readings_known(readings: Readings) -> set[str]:
    """What this run has read before."""
    return {str(e.saw.get("reading")) for e in readings.bench.ledger}


def archiving(readings: Readings) -> Archiving:
    """What pg_stat_archiver says."""
    row: dict[str, Any] = readings.row("archiver", ARCHIVER)
    if not row:
        return Archiving()
    return Archiving(
        archived=row["archived_count"],
        failed=row["failed_count"],
        age=row["archived_age"],
        failing=row["failing"],
        last_failed=row["last_failed_wal"] or "",
    )


def replicas(readings: Readings) -> tuple[Replica, ...]:
    """The standbys that are connected now; a role without pg_monitor sees their names but not their state."""
    rows = readings.rows("replicas", REPLICAS)
    readings.partly(
        "replicas", sum(r["state"] is not None for r in rows), len(rows), "the state is hidden without pg_monitor"
    )
    return tuple(
        Replica(
            name=r["application_name"] or "(hidden)",
            state=r["state"] or "unknown",
            sync_state=r["sync_state"] or "unknown",
            lag_seconds=r["lag_seconds"],
            lag_bytes=r["lag_bytes"],
        )
        for r in rows
    )
