"""The sums of a backup plan."""

from __future__ import annotations

import pytest

from dbengineer.tools.backups import arithmetic
from dbengineer.tools.backups.arithmetic import MB, Assumptions

SEGMENT = 16 * MB
ASSUMED = Assumptions()


def test_a_busy_server_loses_at_most_the_segment_that_is_being_filled() -> None:
    loss = arithmetic.archive_rpo(SEGMENT, wal=1.6 * MB, timeout=60, upload=5, alert=65)
    assert loss.seconds == pytest.approx(10 + 5 + 65)


def test_a_quiet_server_is_bound_by_archive_timeout() -> None:
    loss = arithmetic.archive_rpo(SEGMENT, wal=100, timeout=60, upload=5, alert=65)
    assert loss.seconds == 130


@pytest.mark.parametrize("wal", [None, 0.0])
def test_without_a_timeout_and_without_writes_nothing_bounds_the_loss(wal: float | None) -> None:
    loss = arithmetic.archive_rpo(SEGMENT, wal=wal, timeout=0, upload=5, alert=65)
    assert loss.seconds is None
    assert loss.missing == ("open segment",)


def test_a_terabyte_takes_as_long_as_its_copy_its_combination_and_its_replay() -> None:
    assumed = Assumptions(network_mb_s=200, disk_write_mb_s=200)
    rto = arithmetic.physical_rto(1024**4, wal=200 * 1024 * MB / 86400, assumed=assumed, incremental=True)
    parts = {p.name: p.seconds for p in rto.parts}
    assert parts["fetch the base backup"] == pytest.approx(87.4 * 60, rel=0.01)
    assert parts["replay WAL"] == pytest.approx(29 * 60, rel=0.01)
    assert rto.seconds == pytest.approx(sum(s for s in parts.values() if s))


def test_what_was_not_measured_makes_the_whole_time_unknown() -> None:
    rto = arithmetic.logical_rto(10 * MB, restore_rate=None, dump_bytes=None, assumed=ASSUMED)
    assert rto.seconds is None
    assert rto.missing == ("fetch the dump", "pg_restore and ANALYZE")


def test_the_longest_interval_is_the_one_whose_wal_is_replayed_in_the_time_that_is_left() -> None:
    wal = 1.0 * MB
    rto = arithmetic.physical_rto(1 * MB, wal, ASSUMED, incremental=False)
    interval = arithmetic.longest_interval(rto, wal, ASSUMED)
    assert interval is not None
    others = sum(p.seconds or 0 for p in rto.parts if p.name != "replay WAL")
    assert others + interval * wal / (ASSUMED.replay_mb_s * MB) == pytest.approx(ASSUMED.rto_minutes * 60)


def test_storage_counts_fulls_incrementals_and_the_wal_from_the_oldest_full() -> None:
    kept = arithmetic.storage(100 * MB, wal=100.0, assumed=ASSUMED, incremental=True)
    assert (kept.fulls, kept.incrementals) == (3, 18)
    assert kept.wal_bytes == 100 * 86400 * 21
    assert kept.total == kept.full_bytes + kept.incremental_bytes + kept.wal_bytes
