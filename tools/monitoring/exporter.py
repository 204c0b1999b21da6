"""The custom queries for postgres_exporter: what its collectors lack or name differently from release to release."""

from __future__ import annotations

from dbengineer.tools.facts import Fact


class CustomQuery(Fact):
    """One query of the exporter; a metric is called <query>_<column>."""

    sql: str
    metrics: tuple[tuple[str, str, str], ...]


WAL = CustomQuery(
    sql="SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()\n"
    "                            ELSE pg_current_wal_lsn() END, '0/0')::float8 AS bytes_total",
    metrics=(("bytes_total", "COUNTER", "Position in the write-ahead log, in bytes"),),
)
WRAPAROUND = CustomQuery(
    sql="SELECT datname, age(datfrozenxid)::float8 AS xid_age, mxid_age(datminmxid)::float8 AS multixact_age\n"
    "FROM pg_database WHERE datallowconn",
    metrics=(
        ("datname", "LABEL", "Database"),
        ("xid_age", "GAUGE", "Transactions since the oldest that is not frozen"),
        ("multixact_age", "GAUGE", "Multixacts since the oldest that is not frozen"),
    ),
)
TRANSACTIONS = CustomQuery(
    sql="SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8 AS oldest_seconds,\n"
    "       coalesce(extract(epoch FROM max(now() - state_change)\n"
    "                FILTER (WHERE state LIKE 'idle in transaction%')), 0)::float8 AS idle_seconds\n"
    "FROM pg_stat_activity WHERE backend_type = 'client backend'",
    metrics=(
        ("oldest_seconds", "GAUGE", "Age of the oldest open transaction"),
        ("idle_seconds", "GAUGE", "Longest time that a session has been idle in a transaction"),
    ),
)
ARCHIVER = CustomQuery(
    sql="SELECT archived_count::float8 AS archived_total, failed_count::float8 AS failed_total,\n"
    "       coalesce(extract(epoch FROM now() - last_archived_time), -1)::float8 AS age_seconds\n"
    "FROM pg_stat_archiver",
    metrics=(
        ("archived_total", "COUNTER", "WAL segments archived"),
        ("failed_total", "COUNTER", "Failed attempts to archive a segment"),
        ("age_seconds", "GAUGE", "Seconds since a segment was archived; -1 for never"),
    ),
)
REPLICATION = CustomQuery(
    sql="SELECT application_name, coalesce(extract(epoch FROM replay_lag), 0)::float8 AS replay_lag_seconds,\n"
    "       coalesce(pg_wal_lsn_diff(sent_lsn, replay_lsn), 0)::float8 AS replay_lag_bytes\n"
    "FROM pg_stat_replication",
    metrics=(
        ("application_name", "LABEL", "Standby"),
        ("replay_lag_seconds", "GAUGE", "Time that the standby is behind"),
        ("replay_lag_bytes", "GAUGE", "WAL that the standby has not replayed"),
    ),
)
SLOTS = CustomQuery(
    sql="SELECT slot_name, active::int::float8 AS active,\n"
    "       coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()\n"
    "                                ELSE pg_current_wal_lsn() END, restart_lsn), 0)::float8 AS retained_bytes\n"
    "FROM pg_replication_slots",
    metrics=(
        ("slot_name", "LABEL", "Replication slot"),
        ("active", "GAUGE", "1 while a consumer is connected"),
        ("retained_bytes", "GAUGE", "WAL kept for the slot"),
    ),
)
TABLES = CustomQuery(
    sql="SELECT n.nspname AS schemaname, c.relname, pg_total_relation_size(c.oid)::float8 AS total_bytes\n"
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace\n"
    "WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'\n"
    "ORDER BY 3 DESC LIMIT 50",
    metrics=(
        ("schemaname", "LABEL", "Schema"),
        ("relname", "LABEL", "Table"),
        ("total_bytes", "GAUGE", "Table with its indexes and TOAST"),
    ),
)
CHECKPOINTS = "SELECT {timed}::float8 AS timed_total, {requested}::float8 AS requested_total FROM {view}"


def queries(major: int) -> dict[str, CustomQuery]:
    """The queries for a major version: checkpoints moved from pg_stat_bgwriter to pg_stat_checkpointer in 17."""
    names = ("num_timed", "num_requested", "pg_stat_checkpointer")
    timed, requested, view = names if major >= 17 else ("checkpoints_timed", "checkpoints_req", "pg_stat_bgwriter")
    checkpoints = CustomQuery(
        sql=CHECKPOINTS.format(timed=timed, requested=requested, view=view),
        metrics=(
            ("timed_total", "COUNTER", "Checkpoints because of checkpoint_timeout"),
            ("requested_total", "COUNTER", "Checkpoints because WAL ran full, or by request"),
        ),
    )
    return {
        "pg_dbe_wal": WAL,
        "pg_dbe_wraparound": WRAPAROUND,
        "pg_dbe_transactions": TRANSACTIONS,
        "pg_dbe_archiver": ARCHIVER,
        "pg_dbe_replication": REPLICATION,
        "pg_dbe_slots": SLOTS,
        "pg_dbe_tables": TABLES,
        "pg_dbe_checkpoints": checkpoints,
    }
