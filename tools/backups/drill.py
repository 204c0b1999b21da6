"""The restore drill: restore for real, compare with the source, and check that the comparison can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbengineer.tools.backups import comparing, contents, controls
from dbengineer.tools.backups.comparing import Comparison, Job
from dbengineer.tools.backups.controls import Control
from dbengineer.tools.backups.records import TOOL
from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.workbench import Workbench

if TYPE_CHECKING:
    from dbengineer.tools.scratch.restored import Restored

NAMED = 20
PATTERN = "SELECT count(*), sum(hashtextextended((x.*)::text, 0)) FROM ONLY <each table> AS x"


class Protocol(Fact):
    """Everything a drill has shown; times in milliseconds, sizes in bytes, None where not measured."""

    rows: bool
    comparison: Comparison
    controls: tuple[Control, ...]
    database_bytes: int
    dump_ms: float | None = None
    restore_ms: float | None = None
    dump_bytes: int | None = None
    notes: tuple[str, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The result in one phrase."""
        if any(c.noticed is False for c in self.controls):
            return "not valid: a deliberate damage was not noticed"
        if self.comparison.faults:
            return "failed: the restored database is not what was backed up"
        if not self.rows:
            return "schema only: every object came back, rows were not tested"
        if self.comparison.count("same") == 0 and self.comparison.tables:
            return "not comparable: no table could be compared"
        return "passed: the restored database holds what was backed up"


def with_rows(bench: Workbench) -> Protocol:
    """Dumps, restores and compares every table; needs the leave to copy rows."""
    copied_before = "restored" in bench.__dict__
    todo = comparing.jobs(contents.tables(bench.target))
    before, sequences = comparing.digests(bench.target, todo), contents.sequences(bench.target)
    protocol = _compared(bench, bench.restored, todo, before, sequences)
    if copied_before and protocol.comparison.faults:
        # The copy may be older than what was just read: only a fresh dump can tell damage from work done since.
        from dbengineer.tools.scratch.restored import make_restored

        bench.progress("the copy is older than the drill: dumping and restoring again")
        fresh = make_restored(bench.target, bench.scratch, "drilled")
        try:
            return _compared(bench, fresh, todo, before, sequences)
        finally:
            fresh.database.close()
            bench.scratch.drop("drilled")
    return protocol


def _compared(
    bench: Workbench,
    restored: Restored,
    todo: list[Job],
    before: dict[str, contents.Digest],
    sequences: dict[str, int | None],
) -> Protocol:
    if comparing.align(restored.database, bench.target):
        todo = comparing.jobs([j.table for j in todo], as_utf8=True)
        before = comparing.digests(bench.target, todo)
    after = comparing.digests(restored.database, todo)
    tables = comparing.compare_tables(bench.target, before, after, todo)
    damages = (
        controls.row_deleted(restored.database, todo),
        controls.value_lost(restored.database, todo),
        controls.index_dropped(restored.database),
    )
    protocol = Protocol(
        rows=True,
        comparison=_comparison(bench, restored.database, tables, sequences),
        controls=damages,
        database_bytes=_size(bench),
        dump_ms=restored.dump_ms,
        restore_ms=restored.restore_ms,
        dump_bytes=restored.dump_bytes,
        notes=(*restored.notes, *_left_out(bench, restored.database)),
        coverage=(restored.coverage, *_row_coverage(tables)),
    )
    return _recorded(bench, protocol)


def schema_only(bench: Workbench) -> Protocol:
    """Restores the schema alone and compares its objects."""
    copy = bench.rehearsal
    comparing.align(copy.database, bench.target)
    total = len(contents.tables(bench.target))
    untested = Coverage(
        what="tables whose rows were restored",
        examined=0,
        total=total,
        because="rows may not be copied; allow it with --rows copy",
    )
    protocol = Protocol(
        rows=False,
        comparison=_comparison(bench, copy.database, (), {}),
        controls=(controls.index_dropped(copy.database),),
        database_bytes=_size(bench),
        notes=(*copy.notes, *_left_out(bench, copy.database)),
        coverage=(copy.coverage, untested),
    )
    return _recorded(bench, protocol)


def _comparison(
    bench: Workbench,
    restored: Database,
    tables: tuple[comparing.TableCheck, ...],
    sequences: dict[str, int | None],
) -> Comparison:
    behind = comparing.sequences_behind(sequences, contents.sequences(restored))
    there = contents.objects(restored)
    objects = comparing.compare_objects(contents.objects(bench.target), there, contents.left_out(bench.target))
    return Comparison(tables=tables, objects=objects, sequences=len(sequences), sequences_behind=behind)


def _left_out(bench: Workbench, restored: Database) -> list[str]:
    """What did not come back because the dump had to leave it out, and why."""
    there = contents.objects(restored)
    lost = {(k, n): why for (k, n), why in contents.left_out(bench.target).items() if n not in there.get(k, set())}
    said = [f"{kind} {name} did not come back: {why}" for (kind, name), why in lost.items()]
    return said[:NAMED] + ([f"and {len(said) - NAMED} more for such reasons"] if len(said) > NAMED else [])


def _row_coverage(tables: tuple[comparing.TableCheck, ...]) -> tuple[Coverage, ...]:
    whole = [t for t in tables if not t.sampled and t.verdict in ("same", "differs")]
    reasons = {t.because for t in tables if t.because}
    reasons |= {"written during the drill" for t in tables if t.verdict == "written meanwhile"}
    reasons |= {"large tables are compared at both ends of their key" for t in tables if t.sampled and not t.because}
    what = "tables compared row by row"
    return (Coverage(what=what, examined=len(whole), total=len(tables), because="; ".join(sorted(reasons))),)


def _size(bench: Workbench) -> int:
    size: int = bench.target.query("SELECT pg_database_size(current_database())::bigint AS size")[0]["size"]
    return size


def _recorded(bench: Workbench, protocol: Protocol) -> Protocol:
    """Writes evidence of the source, of the damages and of the drill as a whole."""
    record, comparison = bench.ledger.record, protocol.comparison
    source = {t.table: t.source.model_dump(exclude_defaults=True) for t in comparison.tables}
    restored = {t.table: t.restored.model_dump(exclude_defaults=True) for t in comparison.tables}
    damages = [c.model_dump() for c in protocol.controls]
    ids = [
        record(TOOL, "target", PATTERN, {"tables": source}, 0.0).id,
        record(TOOL, "scratch", "; ".join(c.ran for c in protocol.controls if c.ran), {"controls": damages}, 0.0).id,
    ]
    drill = {
        "verdict": protocol.verdict,
        **protocol.model_dump(include={"rows", "database_bytes", "dump_ms", "restore_ms", "dump_bytes"}),
    }
    saw = {"drill": drill, "restored": restored, "faults": list(comparison.faults)}
    took = (protocol.dump_ms or 0) + (protocol.restore_ms or 0)
    ran = "pg_dump | pg_restore into scratch" if protocol.rows else "the schema of the target, made again in scratch"
    ids.append(record(TOOL, "scratch", ran, saw, took).id)
    return protocol.model_copy(update={"evidence": tuple(ids)})
