"""Alert rules: each with its threshold, what it was derived from, and the exporter that gives its metric."""

from __future__ import annotations

from dbengineer.tools.backups.measure import Facts
from dbengineer.tools.facts import Fact
from dbengineer.tools.monitoring.measure import Measured
from dbengineer.tools.texts import duration, number, rate, size

EXPORTER = "postgres_exporter"
CUSTOM = "postgres_exporter with monitoring/queries.yaml"
HOST = "node_exporter on the database host"
SCRIPT = "backup.sh through the textfile collector of node_exporter"


class Rule(Fact):
    """One Prometheus alert; `basis` says where the threshold comes from, with evidence where it was measured."""

    name: str
    expr: str
    for_: str
    severity: str
    summary: str
    action: str
    exporter: str
    basis: str


def rules(m: Measured) -> tuple[Rule, ...]:
    """All rules that make sense for this server."""
    facts = m.backups
    archived = archive(m, facts) if not facts.service else ()
    copied = replication(m, facts) if facts.replicas else ()
    return (*sessions(m), *storage(m, facts), *health(m), *archived, *copied, *slots(), *host(facts))


def sessions(m: Measured) -> tuple[Rule, ...]:
    """Connections, long transactions, deadlocks."""
    warn, crit = int(m.connections * 0.8), int(m.connections * 0.9)
    basis = (
        f"{m.connections} connections are there for ordinary roles, {m.now.get('connections')} were in use "
        f"({m.evidence.get('limits')}, {m.evidence.get('present values')})"
    )
    use = "sum(pg_stat_activity_count)"
    cited, seconds = m.evidence.get("present values"), m.now.get("seconds") or 0
    dead = (m.now.get("deadlocks") or 0) / seconds * 3600 if seconds else 0
    allowed = max(1, round(dead * 2))
    oldest = m.now.get("oldest_transaction") or 0
    return (
        _rule(
            "PostgresDown",
            "pg_up == 0",
            "1m",
            "critical",
            "PostgreSQL does not answer",
            "See recovery.md.",
            EXPORTER,
            "fixed",
        ),
        _rule(
            "PostgresConnectionsHigh",
            f"{use} > {warn}",
            "5m",
            "warning",
            "80 % of the connections are in use",
            "Find the leak, or put a pooler in front.",
            EXPORTER,
            basis,
        ),
        _rule(
            "PostgresConnectionsExhausted",
            f"{use} > {crit}",
            "1m",
            "critical",
            "90 % of the connections are in use",
            "End idle sessions; put a pooler in front.",
            EXPORTER,
            basis,
        ),
        _rule(
            "PostgresLongTransaction",
            "pg_dbe_transactions_oldest_seconds > 3600",
            "5m",
            "warning",
            "A transaction has been open for more than an hour",
            "It holds back vacuum and locks: find and end it.",
            CUSTOM,
            f"one hour is a convention; the oldest was {duration(oldest)} old ({cited})",
        ),
        _rule(
            "PostgresIdleInTransaction",
            "pg_dbe_transactions_idle_seconds > 300",
            "1m",
            "warning",
            "A session is idle in a transaction for more than 5 minutes",
            "Set idle_in_transaction_session_timeout.",
            CUSTOM,
            "five minutes is a convention",
        ),
        _rule(
            "PostgresDeadlocks",
            f'increase(pg_stat_database_deadlocks{{datname="{m.database}"}}[1h]) > {allowed}',
            "0m",
            "warning",
            "More deadlocks than usual",
            "Read the server log: it names both statements.",
            EXPORTER,
            f"{number(m.now.get('deadlocks'))} in {duration(seconds)} so far ({cited}); twice that, at least one an hour",
        ),
    )


def storage(m: Measured, facts: Facts) -> tuple[Rule, ...]:
    """Growth of the database and of the write-ahead log."""
    grown = max(facts.database_bytes // 5, 1024**3)
    wal = max((facts.wal or 0) * 3, 1024**2)
    return (
        _rule(
            "PostgresDatabaseGrowth",
            f'delta(pg_database_size_bytes{{datname="{m.database}"}}[1d]) > {grown}',
            "15m",
            "warning",
            f"The database grew by more than {size(grown)} in a day",
            "Look for the table in the dashboard; plan the disk.",
            EXPORTER,
            f"a fifth of {size(facts.database_bytes)} ({facts.evidence.get('sizes')}), at least 1 GB",
        ),
        _rule(
            "PostgresWalRateHigh",
            f"rate(pg_dbe_wal_bytes_total[15m]) > {wal:.0f}",
            "30m",
            "warning",
            f"More than {rate(wal)} of WAL for half an hour",
            "The archive, the replicas and the RTO were planned for less.",
            CUSTOM,
            f"three times {rate(facts.wal)} ({facts.evidence.get('WAL since reset', 'no average')}), at least 1 MB/s",
        ),
    )


def health(m: Measured) -> tuple[Rule, ...]:
    """Wraparound, cache, checkpoints."""
    ratio = next((k for k in m.keys if k.title == "Cache hit ratio"), None)
    seen = ratio.rows[0]["cache_hit_percent"] if ratio and ratio.rows else None
    freeze = int(m.limits.get("autovacuum_freeze_max_age", "200000000"))
    warn = min(max(freeze * 2, 500_000_000), 1_000_000_000)
    hits = f'rate(pg_stat_database_blks_hit{{datname="{m.database}"}}[15m])'
    reads = f'rate(pg_stat_database_blks_read{{datname="{m.database}"}}[15m])'
    age = f"oldest now {number(m.now.get('xid_age'))}, autovacuum_freeze_max_age {number(freeze)} ({m.evidence.get('limits')})"
    return (
        _rule(
            "PostgresCacheHitLow",
            f"{hits} / ({hits} + {reads}) < 0.99 and ({hits} + {reads}) > 100",
            "30m",
            "warning",
            "Less than 99 % of the blocks come from shared buffers",
            "Find the statement that reads; then think of shared_buffers.",
            EXPORTER,
            f"the profile's limit; {seen} % since the reset ({ratio.evidence if ratio else ''}); only above 100 blocks/s",
        ),
        _rule(
            "PostgresWraparoundAhead",
            f"max by (datname) (pg_dbe_wraparound_xid_age) > {warn}",
            "15m",
            "warning",
            "Transaction ids are not frozen in time",
            "Find what holds vacuum back; VACUUM (FREEZE) the oldest tables.",
            CUSTOM,
            age,
        ),
        _rule(
            "PostgresWraparoundNear",
            "max by (datname) (pg_dbe_wraparound_xid_age) > 1200000000",
            "5m",
            "critical",
            "Writes stop at 2.1 billion",
            "VACUUM (FREEZE) the oldest tables now.",
            CUSTOM,
            age,
        ),
        _rule(
            "PostgresMultixactAhead",
            "max by (datname) (pg_dbe_wraparound_multixact_age) > 500000000",
            "15m",
            "warning",
            "Multixact ids are not frozen in time",
            "VACUUM (FREEZE) the oldest tables.",
            CUSTOM,
            f"oldest now {number(m.now.get('multixact_age'))} ({m.evidence.get('present values')})",
        ),
        _rule(
            "PostgresCheckpointsRequested",
            "rate(pg_dbe_checkpoints_requested_total[1h]) > 0.3 * (rate(pg_dbe_checkpoints_requested_total[1h]) + "
            "rate(pg_dbe_checkpoints_timed_total[1h])) and increase(pg_dbe_checkpoints_requested_total[1h]) > 3",
            "15m",
            "warning",
            "WAL fills max_wal_size before checkpoint_timeout",
            "Raise max_wal_size.",
            CUSTOM,
            f"30 % is a convention; max_wal_size is {m.limits.get('max_wal_size')} MB ({m.evidence.get('limits')})",
        ),
    )


def archive(m: Measured, facts: Facts) -> tuple[Rule, ...]:
    """The WAL archive and the backups; two timeouts is the age at which the planned RPO is broken."""
    timeout = facts.archive_timeout or 60
    stale = max(2 * timeout, 120)
    basis = f"twice archive_timeout ({facts.archive_timeout or '0, planned 60'} s, {facts.evidence.get('settings')}), only while WAL is written"
    return (
        _rule(
            "PostgresArchiveFailing",
            "increase(pg_dbe_archiver_failed_total[10m]) > 0",
            "1m",
            "critical",
            "WAL segments cannot be archived",
            "Mend the archive before pg_wal fills the disk (recovery.md).",
            CUSTOM,
            f"any failure; {facts.archiving.failed} so far ({facts.evidence.get('archiver')})",
        ),
        _rule(
            "PostgresArchiveStale",
            f"pg_dbe_archiver_age_seconds > {stale} and rate(pg_dbe_wal_bytes_total[10m]) > 100",
            "2m",
            "critical",
            f"Nothing was archived for {stale} s: this much would be lost",
            "Look at pg_stat_archiver and the log.",
            CUSTOM,
            basis,
        ),
        _rule(
            "PostgresArchiveNever",
            "pg_dbe_archiver_age_seconds == -1",
            "15m",
            "warning",
            "No WAL segment was ever archived",
            "Put backup/postgresql.conf in place.",
            CUSTOM,
            f"archiving is {'on' if facts.archives else 'off'} ({facts.evidence.get('settings')})",
        ),
        _rule(
            "PostgresBackupOld",
            'time() - max(dbengineer_backup_last_success_timestamp_seconds{kind=~"full|incremental|dump"}) > 93600',
            "15m",
            "critical",
            "No backup for 26 hours",
            "Look at the log of the backup job.",
            SCRIPT,
            "daily backups and two hours",
        ),
        _rule(
            "PostgresBackupUnknown",
            "absent(dbengineer_backup_last_success_timestamp_seconds)",
            "26h",
            "warning",
            "Nothing says when the last backup was",
            "Set BACKUP_METRICS for backup.sh.",
            SCRIPT,
            "fixed",
        ),
    )


def replication(m: Measured, facts: Facts) -> tuple[Rule, ...]:
    """Lag and number of the standbys that were connected."""
    lags = [r.lag_seconds for r in facts.replicas if r.lag_seconds is not None]
    limit = max(30, round(max(lags, default=0) * 3))
    cited = facts.evidence.get("replicas")
    return (
        _rule(
            "PostgresReplicaLag",
            f"max by (application_name) (pg_dbe_replication_replay_lag_seconds) > {limit}",
            "5m",
            "warning",
            f"A standby is more than {limit} s behind",
            "Network, or a long query on the standby.",
            CUSTOM,
            f"three times {duration(max(lags, default=0))}, at least 30 s ({cited})",
        ),
        _rule(
            "PostgresReplicaMissing",
            f"(count(pg_dbe_replication_replay_lag_bytes) or vector(0)) < {len(facts.replicas)}",
            "5m",
            "critical",
            "A standby is gone",
            "See recovery.md, lost replica.",
            CUSTOM,
            f"{len(facts.replicas)} were connected ({cited})",
        ),
    )


def slots() -> tuple[Rule, ...]:
    """A slot without a consumer keeps WAL until the disk is full."""
    return (
        _rule(
            "PostgresSlotInactive",
            "pg_dbe_slots_active == 0",
            "15m",
            "critical",
            "A replication slot has no consumer",
            "Mend the consumer or drop the slot.",
            CUSTOM,
            "any",
        ),
        _rule(
            "PostgresSlotRetainsWal",
            "pg_dbe_slots_retained_bytes > 10737418240",
            "5m",
            "critical",
            "A slot retains more than 10 GB of WAL",
            "Mend the consumer; set max_slot_wal_keep_size.",
            CUSTOM,
            "10 GB is a convention",
        ),
    )


def host(facts: Facts) -> tuple[Rule, ...]:
    """The disk, which SQL does not show: a self-managed host needs node_exporter, a service its own alarms."""
    if facts.service:
        return ()
    free = 'node_filesystem_avail_bytes{mountpoint=~"/var/lib/postgresql.*|/"}'
    whole = 'node_filesystem_size_bytes{mountpoint=~"/var/lib/postgresql.*|/"}'
    return (
        _rule(
            "PostgresDiskFull",
            f"{free} / {whole} < 0.10",
            "5m",
            "critical",
            "Less than 10 % of the disk is free",
            "Do not delete in pg_wal. See recovery.md, full pg_wal.",
            HOST,
            "convention; free space is not visible over SQL",
        ),
        _rule(
            "PostgresDiskFillsSoon",
            f"predict_linear({free}[6h], 86400) < 0",
            "30m",
            "warning",
            "At this pace the disk is full within a day",
            "Enlarge it, or find what grows.",
            HOST,
            "free space is not visible over SQL",
        ),
    )


def _rule(name: str, expr: str, for_: str, severity: str, summary: str, action: str, exporter: str, basis: str) -> Rule:
    return Rule(
        name=name,
        expr=expr,
        for_=for_,
        severity=severity,
        summary=summary,
        action=action,
        exporter=exporter,
        basis=basis,
    )
