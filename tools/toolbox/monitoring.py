"""Draft the dashboards and the alert rules of this database, with thresholds from its measured values."""

from __future__ import annotations

from pathlib import Path

from dbengineer.tools import monitoring
from dbengineer.tools.facts import Artefact, Fact, Result
from dbengineer.tools.monitoring import alerts, dashboard, exporter, measure
from dbengineer.tools.monitoring.measure import Measured
from dbengineer.tools.readings import Readings
from dbengineer.tools.texts import render
from dbengineer.tools.workbench import Workbench

effect = "draft"

TEMPLATES = Path(monitoring.__file__).parent


class Args(Fact):
    """Nothing to choose."""


def run(bench: Workbench, args: Args) -> Result:
    """Dashboard, SQL of the key metrics, alert rules, custom queries and how to install them, below monitoring/."""
    bench.progress("measuring what the thresholds rest on")
    readings = Readings(bench, "monitoring")
    measured = measure.measure(readings)
    hit = "not measured" if measured.cache_hit_percent is None else f"{measured.cache_hit_percent} %"
    return Result(
        summary=f"dashboard and alert rules are drafted; cache hit ratio {hit}",
        coverage=tuple(readings.coverage),
        artefacts=tuple(artefacts(bench, measured, readings)),
        evidence=readings.evidence(),
    )


def artefacts(bench: Workbench, measured: Measured, readings: Readings) -> list[Artefact]:
    """Writes the files."""
    rules = render(
        TEMPLATES / "alerts.yaml.j2", m=measured, t=alerts.thresholds(measured), hit=measured.cache_hit_percent
    )
    queries = render(TEMPLATES / "queries.yaml.j2", m=measured, queries=exporter.queries(measured.major))
    readme = render(TEMPLATES / "README.md.j2", m=measured, rules=alerts.rules(rules), coverage=readings.coverage)
    texts = {
        "README.md": (readme, "Key metrics now, and how to install the rest"),
        "dashboard.json": (dashboard.build(measured), "Grafana dashboard"),
        "key_metrics.sql": (measure.KEY_METRICS.read_text(encoding="utf-8"), "The three key metrics as SQL"),
        "alerts.yaml": (rules, "Prometheus alert rules"),
        "queries.yaml": (queries, "Custom queries of postgres_exporter"),
    }
    return [bench.write(f"monitoring/{name}", text, title, "monitoring") for name, (text, title) in texts.items()]
