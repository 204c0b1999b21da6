"""Which method a plan chooses, and which settings it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from dbengineer.tools.backups import plan
from dbengineer.tools.backups.arithmetic import Assumptions
from dbengineer.tools.backups.measure import Archiving, Facts, average_rate

GB = 1024**3


def facts(**changes: Any) -> Facts:
    """A PostgreSQL 18 of one gigabyte without an archive."""
    settings = {"archive_mode": "off", "archive_timeout": "0", "summarize_wal": "off", "wal_summary_keep_time": "14400"}
    known: dict[str, Any] = {
        "database": "shop",
        "version": 180006,
        "service": "",
        "in_recovery": False,
        "database_bytes": GB,
        "cluster_bytes": GB,
        "databases": 1,
        "wal_now": 1000.0,
        "wal_window": 3.0,
        "wal_average": 2000.0,
        "wal_average_seconds": 86400.0,
        "archiving": Archiving(),
        "replicas": (),
        "settings": settings,
        "tablespaces": (),
        "extensions": (),
        "replication_roles": (),
        "encoding": "UTF8",
        "collate": "C",
        "evidence": {},
    }
    return Facts(**known | changes)


@pytest.mark.parametrize(
    ("changes", "assumed", "method", "incremental"),
    [
        ({}, {}, "basebackup", True),
        ({"version": 160004}, {}, "basebackup", False),
        ({"version": 140010}, {}, "pgbackrest", True),
        ({"cluster_bytes": 500 * GB}, {}, "pgbackrest", True),
        ({"tablespaces": ("fast",)}, {}, "pgbackrest", True),
        ({"service": "rds"}, {}, "managed", False),
        ({}, {"rpo_minutes": 1440}, "dump", False),
        ({"database_bytes": 50 * GB}, {"rpo_minutes": 1440}, "basebackup", True),
    ],
)
def test_service_loss_size_and_version_decide(
    changes: dict[str, Any], assumed: dict[str, Any], method: str, incremental: bool
) -> None:
    made = plan.make(facts(**changes), None, Assumptions(**assumed))
    assert (made.method, made.incremental) == (method, incremental)


def test_an_archive_that_works_is_left_as_it_is() -> None:
    working = {"archive_mode": "on", "archive_command": "pgbackrest archive-push %p", "archive_timeout": "60"}
    made = plan.make(facts(settings=working), None, Assumptions())
    assert made.method == "pgbackrest"
    assert made.keeps_archive
    assert made.settings == ()


def test_incremental_settings_are_asked_for_from_17_on_only() -> None:
    asked = [{s.name for s in plan.make(facts(version=v), None, Assumptions()).settings} for v in (160000, 170000)]
    assert "summarize_wal" in asked[1] - asked[0]
    assert "archive_library" in asked[0] & asked[1]


def test_the_higher_of_both_wal_rates_is_planned_with() -> None:
    assert facts().wal == 2000.0
    assert facts(wal_average=None).wal == 1000.0
    assert facts(wal_average=None, wal_now=None).wal is None


def test_an_average_over_the_minutes_since_a_reset_is_nothing_to_plan_with() -> None:
    assert average_rate(36_000_000, 3600) == 10_000
    assert average_rate(36_000_000, 20) is None
    assert average_rate(None, None) is None
