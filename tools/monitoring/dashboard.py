"""The Grafana dashboard: the three key metrics in SQL, and the server through Prometheus."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from dbengineer.tools.monitoring.measure import KeyMetric, Measured

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders import dashboard as builders
    from grafana_foundation_sdk.models import dashboard as models


def panels(m: Measured) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The Prometheus panels as (title, unit, [(expression, legend)])."""
    database = f'datname="{m.database}"'
    hits, reads = (f"rate(pg_stat_database_blks_{kind}{{{database}}}[5m])" for kind in ("hit", "read"))
    return [
        ("Active queries", "short", [(f'sum by (state) (pg_stat_activity_count{{{database}}})', "{{state}}")]),
        ("Table sizes (20 largest)", "bytes", [("topk(20, pg_dbe_tables_total_bytes)", "{{schemaname}}.{{relname}}")]),
        ("Cache hit ratio", "percentunit", [(f"{hits} / ({hits} + {reads})", "hit ratio")]),
        ("Connections", "short", [("sum(pg_stat_activity_count)", "in use"), (f"vector({m.connections})", "limit")]),
        ("Transactions", "ops",
         [(f"rate(pg_stat_database_xact_{k}{{{database}}}[5m])", k) for k in ("commit", "rollback")]),
        ("Database size", "bytes", [(f"pg_database_size_bytes{{{database}}}", m.database)]),
        ("WAL rate", "Bps", [("rate(pg_dbe_wal_bytes_total[5m])", "WAL")]),
        ("Age of the last archived segment", "s", [("pg_dbe_archiver_age_seconds", "age")]),
        ("Replication lag", "s", [("pg_dbe_replication_replay_lag_seconds", "{{application_name}}")]),
        ("WAL retained by slots", "bytes", [("pg_dbe_slots_retained_bytes", "{{slot_name}}")]),
        ("Oldest transaction", "s", [("pg_dbe_transactions_oldest_seconds", "oldest"),
                                     ("pg_dbe_transactions_idle_seconds", "idle in transaction")]),
        ("Transaction ids not frozen", "short", [("pg_dbe_wraparound_xid_age", "{{datname}}")]),
        ("Checkpoints", "ops", [(f"rate(pg_dbe_checkpoints_{k}_total[15m])", k) for k in ("timed", "requested")]),
        ("Deadlocks an hour", "short", [(f"increase(pg_stat_database_deadlocks{{{database}}}[1h])", "deadlocks")]),
    ]  # fmt: skip


def build(m: Measured) -> str:
    """The dashboard as JSON that Grafana imports; it asks for both data sources by variables."""
    from grafana_foundation_sdk.builders import dashboard as builders
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    uid = "dbe-" + hashlib.sha256(m.database.encode()).hexdigest()[:12]
    made = (
        builders.Dashboard(f"PostgreSQL: {m.database}")
        .uid(uid)
        .description(
            "Made from what was measured. Needs postgres_exporter with queries.yaml, and a PostgreSQL data source."
        )
        .tags(["postgresql", "dbengineer"])
        .time("now-6h", "now")
        .refresh("30s")
        .with_variable(
            builders.DatasourceVariable("postgres").label("PostgreSQL").type("grafana-postgresql-datasource")
        )
        .with_variable(builders.DatasourceVariable("prometheus").label("Prometheus").type("prometheus"))
        .with_row(builders.Row("Key metrics, from the database itself"))
    )
    for key in m.keys:
        made = made.with_panel(sql_panel(key))
    made = made.with_row(builders.Row("The server, through Prometheus"))
    for title, unit, expressions in panels(m):
        made = made.with_panel(prometheus_panel(title, unit, expressions))
    dashboard: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    return json.dumps(dashboard, indent=2) + "\n"


def sql_panel(key: KeyMetric) -> Any:
    """One key metric as a panel of the PostgreSQL data source: a table for the sizes, big numbers for the rest."""
    from grafana_foundation_sdk.builders import stat, table

    panel = table.Panel() if key.title == "Table sizes" else stat.Panel()
    panel = panel.title(key.title).datasource(source("grafana-postgresql-datasource", "postgres")).unit(key.unit)
    panel = panel.with_target(sql_query(key.sql)).height(8).span(8)
    if key.title == "Cache hit ratio":
        panel = panel.thresholds(limits())
    return panel


def limits() -> builders.ThresholdsConfig:
    """Red below 95 %, yellow below 99 %, green above."""
    from grafana_foundation_sdk.builders import dashboard as builders
    from grafana_foundation_sdk.models import dashboard as models

    steps = [(None, "red"), (95.0, "yellow"), (99.0, "green")]
    made = [models.Threshold(value=value, color=color) for value, color in steps]
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def prometheus_panel(title: str, unit: str, expressions: list[tuple[str, str]]) -> Any:
    """One time series panel."""
    from grafana_foundation_sdk.builders import prometheus, timeseries

    panel = timeseries.Panel().title(title).unit(unit).datasource(source("prometheus", "prometheus")).height(8).span(12)
    for number, (expression, legend) in enumerate(expressions):
        query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(chr(ord("A") + number))
        panel = panel.with_target(query)
    return panel


def source(kind: str, variable: str) -> models.DataSourceRef:
    """A data source that the variable of the dashboard chooses."""
    from grafana_foundation_sdk.models import dashboard as models

    return models.DataSourceRef(type_val=kind, uid=f"${{{variable}}}")


def sql_query(sql: str) -> Any:
    """A raw query of Grafana's PostgreSQL data source, for which the SDK has no builder."""
    from grafana_foundation_sdk.cog import variants

    class Query(variants.Dataquery):
        def to_json(self) -> dict[str, object]:
            return {"refId": "A", "format": "table", "rawQuery": True, "editorMode": "code", "rawSql": sql}

    class Builder:
        def build(self) -> Query:
            return Query()

    return Builder()
