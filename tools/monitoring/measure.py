"""What alert thresholds rest on: limits and present values of this database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dbengineer.tools.backups import measure as backups
from dbengineer.tools.backups.measure import Facts
from dbengineer.tools.facts import Fact
from dbengineer.tools.readings import Readings

KEY_METRICS = Path(__file__).parent / "key_metrics.sql"

LIMITS = """
SELECT name, setting FROM pg_settings
WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections', 'autovacuum_freeze_max_age',
               'autovacuum_multixact_freeze_max_age', 'shared_buffers', 'max_wal_size', 'statement_timeout',
               'idle_in_transaction_session_timeout') ORDER BY 1
"""
NOW = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS connections,
       (SELECT max(age(datfrozenxid)) FROM pg_database)::bigint AS xid_age,
       (SELECT max(mxid_age(datminmxid)) FROM pg_database)::bigint AS multixact_age,
       (SELECT extract(epoch FROM max(now() - xact_start)) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float8 AS oldest_transaction,
       d.deadlocks::bigint, d.temp_bytes::bigint, d.xact_commit::bigint, d.xact_rollback::bigint,
       extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8 AS seconds
FROM pg_stat_database d WHERE d.datname = current_database()
"""


class KeyMetric(Fact):
    """One of the three key metrics of the profile: its SQL as a Grafana panel runs it."""

    title: str
    unit: str
    sql: str
    rows: tuple[dict[str, Any], ...] = ()
    evidence: str = ""


class Measured(Fact):
    """Values and limits of the monitored database; ages of transactions in transactions, times in seconds."""

    backups: Facts
    limits: dict[str, str]
    now: dict[str, Any]
    keys: tuple[KeyMetric, ...]
    evidence: dict[str, str]

    @property
    def major(self) -> int:
        """The major version."""
        return self.backups.major

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.backups.database

    @property
    def connections(self) -> int:
        """Connections that ordinary roles can have."""
        reserved = ("superuser_reserved_connections", "reserved_connections")
        return int(self.limits["max_connections"]) - sum(int(self.limits.get(r, "0")) for r in reserved)

    @property
    def cache_hit_percent(self) -> float | None:
        """The cache hit ratio since the reset of the statistics; None where no block was asked for."""
        found = [k.rows[0]["cache_hit_percent"] for k in self.keys if k.title == "Cache hit ratio" and k.rows]
        return found[0] if found else None


def key_metrics() -> tuple[KeyMetric, ...]:
    """The key metrics as the SQL file has them."""
    parts = KEY_METRICS.read_text(encoding="utf-8").split("-- title: ")[1:]
    made = []
    for part in parts:
        title, rest = part.split("\n", 1)
        unit = rest.split("\n", 1)[0].removeprefix("-- unit: ")
        sql = "\n".join(line for line in rest.splitlines() if not line.startswith("--")).strip()
        made.append(KeyMetric(title=title.strip(), unit=unit.strip(), sql=sql))
    return tuple(made)


def measure(readings: Readings) -> Measured:
    """Reads the limits, the present values and the three key metrics."""
    keys = []
    for key in key_metrics():
        rows = readings.rows(key.title, key.sql.rstrip(";"))
        keys.append(key.model_copy(update={"rows": tuple(rows), "evidence": readings.ids.get(key.title, "")}))
    limits = {r["name"]: r["setting"] for r in readings.rows("limits", LIMITS)}
    now = readings.row("present values", NOW)
    facts = backups.measure(readings)
    return Measured(backups=facts, limits=limits, now=now, keys=tuple(keys), evidence=dict(readings.ids))
