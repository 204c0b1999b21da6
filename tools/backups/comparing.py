"""Comparing a restored database with its source: every table by count and hash, sequences, objects."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Literal

from dbengineer.tools.backups import contents
from dbengineer.tools.backups.contents import Digest, Table
from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database

CAP = 1024**3
"""Bytes above which a table is read at both ends of its primary key only."""

SAMPLE = 50_000

Verdict = Literal["same", "differs", "written meanwhile", "not compared"]


class Job(Fact):
    """One table to compare, and the statement that does it on both sides; no statement means that it cannot be."""

    table: Table
    sql: str
    sampled: bool = False


class TableCheck(Fact):
    """A table on both sides; `again` is a second look at the source, taken where the two differ."""

    table: str
    bytes: int
    sampled: bool
    source: Digest
    restored: Digest
    again: Digest | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the restored table holds what the source held."""
        if self.source.refused or self.restored.refused:
            return "not compared"
        if self.restored in (self.source, self.again):
            return "same"
        return "written meanwhile" if self.again not in (None, self.source) else "differs"

    @property
    def because(self) -> str:
        """Why a table could not be compared."""
        return self.source.refused or self.restored.refused


class ObjectCheck(Fact):
    """One kind of object on both sides."""

    kind: str
    source: int
    restored: int
    missing: tuple[str, ...]


class Comparison(Fact):
    """A restored database beside its source."""

    tables: tuple[TableCheck, ...]
    objects: tuple[ObjectCheck, ...]
    sequences: int
    sequences_behind: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that was lost or altered, one phrase each."""
        rows = [f"table {t.table}: {t.source.rows} rows, restored {t.restored.rows}" for t in self.differing]
        lost = [f"{o.kind} {name} is missing" for o in self.objects for name in o.missing]
        return (*rows, *lost, *(f"sequence {s} is behind" for s in self.sequences_behind))

    @property
    def differing(self) -> tuple[TableCheck, ...]:
        """The tables whose rows are not those of the source."""
        return tuple(t for t in self.tables if t.verdict == "differs")

    def count(self, verdict: Verdict) -> int:
        """How many tables have a verdict."""
        return sum(t.verdict == verdict for t in self.tables)


def jobs(tables: Sequence[Table], *, as_utf8: bool = False, cap: int = CAP) -> list[Job]:
    """How each table is compared: whole, or both ends of its key above `cap` bytes."""
    made = []
    for table in tables:
        if table.hidden:
            made.append(Job(table=table, sql=""))
            continue
        big = table.bytes > cap
        if big and not table.key:
            made.append(Job(table=table, sql="", sampled=True))
            continue
        sql = contents.digest_sql(table, sample=SAMPLE if big else 0, as_utf8=as_utf8)
        made.append(Job(table=table, sql=sql, sampled=big))
    return made


def digests(reads: Reads, todo: Sequence[Job]) -> dict[str, Digest]:
    """The digest of each table by its name."""
    return {job.table.label: _digest(reads, job) for job in todo}


def _digest(reads: Reads, job: Job) -> Digest:
    if job.sql:
        return contents.digest(reads, job.sql)
    if job.table.hidden:
        return Digest(refused="row security holds for this role, so the dump has left its rows out")
    return Digest(refused=f"larger than {CAP // 1024**2} MB and without a primary key to take a sample by")


def compare_tables(
    source: Reads, before: dict[str, Digest], restored: dict[str, Digest], todo: Sequence[Job]
) -> tuple[TableCheck, ...]:
    """Puts both sides together and looks at the source again where they differ."""
    checks = []
    for job in todo:
        check = TableCheck(
            table=job.table.label,
            bytes=job.table.bytes,
            sampled=job.sampled,
            source=before[job.table.label],
            restored=restored[job.table.label],
        )
        if check.verdict == "differs":
            check = check.model_copy(update={"again": _digest(source, job)})
        checks.append(check)
    return tuple(checks)


def compare_objects(
    source: dict[str, set[str]], restored: dict[str, set[str]], left_out: Container[tuple[str, str]] = ()
) -> tuple[ObjectCheck, ...]:
    """Both sides kind by kind; what the restored side has more is no loss, nor is what the dump had to leave out."""
    return tuple(
        ObjectCheck(
            kind=kind,
            source=len(names),
            restored=len(restored.get(kind, set())),
            missing=tuple(n for n in sorted(names - restored.get(kind, set())) if (kind, n) not in left_out),
        )
        for kind, names in sorted(source.items())
    )


def sequences_behind(before: dict[str, int | None], restored: dict[str, int | None]) -> tuple[str, ...]:
    """The sequences that would hand out a number again."""
    return tuple(name for name, value in before.items() if value is not None and (restored.get(name) or 0) < value)


def align(restored: Database, source: Reads) -> bool:
    """Makes the restored session print values as the source does; true where the encodings differ."""
    settings = contents.output_settings(source)
    for name in contents.OUTPUT:
        if name != "lc_monetary":
            restored.query("SELECT set_config(%s, %s, false)", (name, settings[name]))
    own = contents.output_settings(restored)
    return bool(own["server_encoding"] != settings["server_encoding"])
