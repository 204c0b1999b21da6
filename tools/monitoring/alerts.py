"""Thresholds of the alert rules, worked out from what was measured; the rules themselves are in alerts.yaml.j2."""

from __future__ import annotations

from dbengineer.tools.facts import Fact
from dbengineer.tools.monitoring.measure import Measured

GB = 1024**3


class Thresholds(Fact):
    """The numbers in the rules: counts, seconds, bytes, bytes a second, transactions."""

    connections_warn: int
    connections_crit: int
    deadlocks_an_hour: int
    growth_a_day: int
    wal_rate: int
    xid_age: int
    archive_age: int
    replica_lag: int


class Rule(Fact):
    """One alert as the rendered file has it."""

    name: str
    expr: str
    severity: str
    summary: str
    exporter: str
    basis: str


def thresholds(m: Measured) -> Thresholds:
    """Each threshold with its rule of thumb; alerts.yaml.j2 says beside each rule what it was derived from."""
    facts, seconds = m.backups, m.now.get("seconds") or 0
    deadlocks = (m.now.get("deadlocks") or 0) / max(seconds, 3600) * 3600
    freeze = int(m.limits.get("autovacuum_freeze_max_age", "200000000"))
    lags = [r.lag_seconds for r in facts.replicas if r.lag_seconds is not None]
    return Thresholds(
        connections_warn=int(m.connections * 0.8),
        connections_crit=int(m.connections * 0.9),
        deadlocks_an_hour=max(1, round(deadlocks * 2)),
        growth_a_day=max(facts.database_bytes // 5, GB),
        wal_rate=round(max((facts.wal or 0) * 3, 1024**2)),
        xid_age=min(max(freeze * 2, 500_000_000), 1_000_000_000),
        archive_age=max(2 * (facts.archive_timeout or 60), 120),
        replica_lag=max(30, round(max(lags, default=0) * 3)),
    )


def rules(text: str) -> tuple[Rule, ...]:
    """The rules of a rendered alerts.yaml; yaml.YAMLError where it does not parse."""
    import yaml

    listed = yaml.safe_load(text)["groups"][0]["rules"]
    return tuple(
        Rule(
            name=rule["alert"],
            expr=rule["expr"],
            severity=rule["labels"]["severity"],
            summary=rule["annotations"]["summary"],
            exporter=rule["annotations"]["exporter"],
            basis=rule["annotations"]["basis"],
        )
        for rule in listed
    )
