"""A draft from end to end: two schemas compared, the changes drafted, and all of it rehearsed before anyone sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from dbengineer.tools.facts import Fact, Recommendation
from dbengineer.tools.migrations import draft, locks, statements
from dbengineer.tools.migrations.draft import Unit
from dbengineer.tools.migrations.drafting import compare, units
from dbengineer.tools.migrations.drafting.parts import Draft, Part
from dbengineer.tools.migrations.rehearsing.legs import Scripted
from dbengineer.tools.migrations.rehearsing.run import asked
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration, Block, Migration, blocks
from dbengineer.tools.migrations.rehearsing.session import apply
from dbengineer.tools.migrations.rehearsing.stage import Stage
from dbengineer.tools.migrations.rehearsing.verdict import Concern, Report, Verdict
from dbengineer.tools.scratch import fidelity
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.dump import dump
from dbengineer.tools.scratch.restoring import pieces, restore
from dbengineer.tools.scratch.roles import copy_roles
from dbengineer.tools.workbench import Workbench

OPTIONS = ("--no-owner", "--no-privileges", "--no-tablespaces", "--no-publications")
# Who owns what and who may do what is no part of a draft.
NOT_COMPARED = {"alter_owner_stmt", "grant_stmt", "grant_role_stmt", "alter_default_privileges_stmt"}
TIMEOUT = "SET LOCAL lock_timeout = '5s'"
REMEMBERED = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND (c.relname IN ('flyway_schema_history', 'dbengineer_version') OR (c.relnatts = 1 AND EXISTS (
  SELECT FROM pg_attribute v WHERE v.attrelid = c.oid AND v.attname = 'version_num')))"""


class Outcome(Fact):
    """The migrations, in order and as pages to write, and what rehearsing them has shown."""

    units: tuple[Unit, ...]
    readme: str
    report: Report
    remaining: str = ""

    @property
    def safe(self) -> bool:
        """Whether the drafts reach what was wanted and nothing was found in them."""
        return not self.remaining and self.report.safe


def to_desired(bench: Workbench, desired: str, where: str) -> Outcome:
    """Drafts what leads from the target's schema to that of the text; raises BadMigration, which names `where`."""
    return _drafted(bench, lambda wanted: _build(wanted, blocks(desired, where, wrapped=False), where), empty=True)


def to_changed(bench: Workbench, change: str, where: str) -> Outcome:
    """Drafts what a naive change of the target's schema would lead to; the change itself is never handed over."""
    return _drafted(bench, lambda wanted: _build(wanted, blocks(change, where, wrapped=False), where), empty=False)


def of_accepted(bench: Workbench, accepted: Sequence[Recommendation]) -> Outcome:
    """Drafts changes that were accepted in a review, in their order."""
    made = draft.units_of([r for r in accepted if r.sql.strip() and r.kind not in (*draft.NOT_DRAFTED, "setting")])
    if not made:
        raise BadMigration("the report holds no accepted change of the schema; there is nothing to draft")
    drafts = [Draft(title=u.title, parts=(Part(up=u.up, down=u.down),), notes=(u.why,)) for u in made]
    return _rehearsed(bench, tuple(drafts), made, "")


def _drafted(bench: Workbench, build: Callable[[Database], None], *, empty: bool) -> Outcome:
    with _copies(bench, empty=empty) as (working, wanted):
        build(wanted)
        bench.progress("comparing the schemas")
        found = compare.drafted(working, wanted, bench.target.version)
    if found.failed:
        raise BadMigration(f"no draft leads there: {found.failed}")
    if not found.drafts:
        why = f"no template covers what differs ({found.remaining})" if found.remaining else "the schemas are the same"
        raise BadMigration(f"nothing is to be drafted: {why}")
    return _rehearsed(bench, found.drafts, units.of(found.drafts), found.remaining)


@contextmanager
def _copies(bench: Workbench, *, empty: bool) -> Iterator[tuple[Database, Database]]:
    """The target's schema to work on, and beside it an empty database, or the same schema once more."""
    bench.progress("copying the schema of the target")
    dumped = dump(bench.target, bench.scratch, what="schema", options=list(OPTIONS))
    made: list[Database] = []
    try:
        for name, filled in (("draft_working", True), ("draft_wanted", not empty)):
            database, _ = fidelity.fresh(bench.target, bench.scratch, name)
            made.append(database)
            copy_roles(bench.target, database)
            fidelity.substitute_collations(bench.target, database)
            fidelity.stub_extensions(bench.target, bench.scratch, database)
            if filled:
                restore(database, fidelity.without_icu(pieces(dumped.text), []))
                _forget(database)
        yield made[0], made[1]
    finally:
        for database in made:
            database.close()
            bench.scratch.drop(database.name)


def _forget(database: Database) -> None:
    """The tables in which migrations are remembered belong to no schema that anybody desires."""
    for row in database.query(REMEMBERED):
        database.script(f"DROP TABLE {row['name']}")


def _build(wanted: Database, desired: tuple[Block, ...], where: str) -> None:
    kept = [
        Block(statements=tuple(s for s in block.statements if not _of_owners(s)), transaction=block.transaction)
        for block in desired
    ]
    if failed := apply(wanted, [block for block in kept if block.statements]):
        hint = "; an extension that is missing here cannot be drafted with" if "extension" in failed else ""
        raise BadMigration(f"{where} cannot be built: {failed}{hint}")
    _forget(wanted)


def _of_owners(statement: str) -> bool:
    from postgast import pg_query_pb2 as grammar

    kind, tree = statements.node(statement)
    if kind != "alter_table_stmt":
        return kind in NOT_COMPARED
    names = [grammar.AlterTableType.Name(c.alter_table_cmd.subtype) for c in tree.cmds]
    return set(names) == {"AT_ChangeOwner"}


def _rehearsed(bench: Workbench, drafts: tuple[Draft, ...], made: list[Unit], remaining: str) -> Outcome:
    started = time.perf_counter()
    parts = tuple(p for d in drafts for p in d.parts)
    ways = {way: tuple(map(_bounded, compare.blocks(parts, way))) for way in ("up", "down")}
    migration = Migration(name="the draft", up=ways["up"], down=ways["down"], separate=True)
    legs = Scripted(migration)
    said, found = asked(bench, legs)
    rows = {t.qualified: t.rows for t in bench.schema.tables}
    stage = Stage(bench.scratch, bench.rehearsal.database, rows, bench.progress)
    verdict = stage.rehearse(legs, said, found)
    if remaining:
        missed = Concern(level="finding", rule="not_drafted", why=f"not drafted, write it by hand: {remaining}")
        verdict = verdict.model_copy(update={"concerns": (*verdict.concerns, missed)})
    report = Report(
        verdicts=(verdict,),
        sizes=f"sizes are those of {bench.target.database}",
        notes=tuple(dict.fromkeys([*bench.rehearsal.notes, *stage.notes])),
        took_s=round(time.perf_counter() - started, 2),
    )
    return Outcome(units=tuple(made), readme=_readme(drafts, made, verdict), report=report, remaining=remaining)


def _bounded(block: Block) -> Block:
    """The transaction as the files have it: it gives up waiting for a lock after a while."""
    return block.model_copy(update={"statements": (TIMEOUT, *block.statements)}) if block.transaction else block


def _readme(drafts: Sequence[Draft], made: list[Unit], verdict: Verdict) -> str:
    seen = {s.statement: [locks.described(lock) for lock in s.locks[:3]] for s in verdict.statements}
    page = draft.readme(made, [], [], seen)
    order = {"expand": "before the new code", "contract": "after the new code"}
    lines = [f"- {d.title}: {order[d.phase]}{_told(d)}" for d in drafts]
    return page + "\n## Deploy order\n\n" + "\n".join(lines) + f"\n\nWay back: {verdict.because}.\n"


def _told(one: Draft) -> str:
    return "".join(f". {note[:1].upper()}{note[1:]}" for note in one.notes if note) + "."
