"""What a rehearsal says of a migration: locks, costs, clients, the way back."""

from __future__ import annotations

from collections.abc import Callable

from dbengineer.tools.migrations.rehearsing import rows, sizes
from dbengineer.tools.migrations.rehearsing.scripts import blocks
from dbengineer.tools.migrations.rehearsing.stage import run
from dbengineer.tools.migrations.rehearsing.verdict import Verdict
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

Rehearse = Callable[..., Verdict]


def rules(verdict: Verdict) -> set[str]:
    """The rules that found something to stop for."""
    return {c.rule for c in verdict.findings}


def test_a_rewrite_under_an_exclusive_lock_is_told_at_the_targets_size(rehearse: Rehearse) -> None:
    verdict = rehearse("ALTER TABLE orders ALTER amount TYPE bigint; ", "ALTER TABLE orders ALTER amount TYPE int")
    assert verdict.reversibility == "exact"
    assert rules(verdict) == {"blocked"}
    assert "ACCESS EXCLUSIVE on public.orders blocks reads and writes during the rewrite" in verdict.findings[0].why
    estimate = verdict.statements[0].estimate
    assert estimate is not None
    assert (estimate.table, estimate.rows) == ("public.orders", 80_000)
    assert any(s.table == "public.orders" and s.worst_ms > 1 for s in verdict.stalls)
    assert any(b.prepared and "cached plan" in b.error for b in verdict.broken)


def test_a_small_table_may_be_rewritten(rehearse: Rehearse) -> None:
    assert rehearse("ALTER TABLE small ALTER id TYPE bigint", "ALTER TABLE small ALTER id TYPE int").safe


def test_a_dropped_column_loses_its_data_and_the_clients_that_name_it(rehearse: Rehearse) -> None:
    verdict = rehearse("ALTER TABLE orders DROP note", "ALTER TABLE orders ADD note text")
    assert verdict.reversibility == "lossy"
    assert verdict.lost == ('public.orders."note"',)
    assert rules(verdict) == {"breaks_clients"}


def test_rows_that_a_way_back_does_not_restore_are_lost(rehearse: Rehearse) -> None:
    verdict = rehearse("UPDATE small SET what = 'x'", "SELECT 1")
    assert verdict.reversibility == "lossy"
    assert verdict.lost == ('public.small."what"',)


def test_a_way_back_that_restores_something_else_is_found(rehearse: Rehearse) -> None:
    verdict = rehearse("ALTER TABLE small ADD a int", "ALTER TABLE small RENAME a TO b")
    assert verdict.reversibility == "irreversible"
    assert "left over column public.small.b" in verdict.because
    assert "irreversible" in rules(verdict)


def test_a_failure_half_way_is_told_with_what_it_leaves_and_whether_it_can_be_run_again(rehearse: Rehearse) -> None:
    verdict = rehearse("ALTER TABLE small ADD a int; ALTER TABLE small ADD id int;", "ALTER TABLE small DROP a")
    assert verdict.reversibility == "failed"
    told = next(c.why for c in verdict.findings if c.rule == "half_way")
    assert "left over column public.small.a" in told
    assert 'a second try fails: column "a" of relation "small" already exists' in told
    assert told.endswith("the way back restores it")


def test_an_index_built_over_an_invalid_leftover_is_taken_as_done(rehearse: Rehearse) -> None:
    verdict = rehearse("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_what ON small (what)")
    assert rules(verdict) == {"invalid_leftover"}
    assert rehearse(
        "DROP INDEX CONCURRENTLY IF EXISTS again; CREATE INDEX CONCURRENTLY IF NOT EXISTS again ON small (what)",
        "DROP INDEX CONCURRENTLY again",
    ).safe


def test_a_lock_taken_earlier_in_the_transaction_counts_while_a_table_is_scanned(rehearse: Rehearse) -> None:
    add = "ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount >= 0) NOT VALID;"
    validate = "ALTER TABLE orders VALIDATE CONSTRAINT positive;"
    down = "ALTER TABLE orders DROP CONSTRAINT positive"
    assert rehearse(add + validate, down).safe
    together = rehearse(f"BEGIN; {add} {validate} COMMIT;", down)
    assert rules(together) == {"blocked"}
    assert "taken earlier in the same transaction" in together.findings[0].why


def test_what_is_written_in_one_go_is_found_and_a_partner_is_named(rehearse: Rehearse) -> None:
    assert rules(rehearse("UPDATE orders SET note = 'y'")) == {"unbatched"}
    verdict = rehearse("DROP TABLE orders")
    assert ("AccessExclusiveLock", "public.customers") in [(h.mode, h.relation) for h in verdict.statements[0].locks]


def test_roles_that_a_migration_makes_do_not_stay(rehearse: Rehearse, server: Server) -> None:
    made = rehearse("CREATE ROLE role_rehearsed; GRANT SELECT ON small TO role_rehearsed")
    assert made.reversibility == "irreversible"
    admin = server.database()
    assert admin.query("SELECT FROM pg_roles WHERE rolname = 'role_rehearsed'") == []
    admin.close()


def test_the_wal_of_a_table_larger_than_those_measured_is_predicted_within_five_percent(
    rehearse: Rehearse, shop: Database
) -> None:
    verdict = rehearse("ALTER TABLE orders ALTER amount TYPE bigint", "ALTER TABLE orders ALTER amount TYPE int")
    assert verdict.statements[0].estimate is not None
    assert verdict.statements[0].estimate.rows == sizes.LARGE * 2
    predicted = verdict.statements[0].estimate.wal_bytes
    rows.fill(shop, sizes.LARGE * 2, only=["public.orders"])
    ran = run(shop, blocks("ALTER TABLE orders ALTER amount TYPE bigint", "m", wrapped=False))
    assert abs(predicted / ran[0].step.wal_bytes - 1) < 0.05
