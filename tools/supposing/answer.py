"""The workload planned twice on the shadow: as things are, and as they are supposed to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.answer import hidden
from dbengineer.tools.indexes.what_if import TURN, planning_text, prepare
from dbengineer.tools.plans.compare import compare
from dbengineer.tools.plans.read import Node, Plan
from dbengineer.tools.queries.running import Unplannable, planned
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch import trust
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.whatif import hypothetical_indexes
from dbengineer.tools.supposing import growing
from dbengineer.tools.supposing.change import ALLOWED, FURTHER, IN_VAIN, Change, NotSupposable, refused
from dbengineer.tools.supposing.growing import Grown
from dbengineer.tools.workbench import Workbench

UNITS = "cost settings are the unit that costs are counted in: compare the plans of before and after, not their costs"
COSTS = ("_cost", "effective_io_concurrency")
INDEX = "SELECT indexrelid::int8 AS oid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class Line(Fact):
    """One statement: the planner's cost of one call before and after, whether it is planned the same way, what changed,
    and both plans where it did. `trusted`: the shadow plans it as the target does, as things are."""

    name: str
    text: str
    calls: int
    cost_before: float
    cost: float
    same_plan: bool
    trusted: bool
    changes: tuple[str, ...] = ()
    before: Plan | None = None
    after: Plan | None = None

    @property
    def ratio(self) -> float:
        """The cost afterwards divided by the cost before."""
        return self.cost / self.cost_before if self.cost_before else 1.0


class Unplanned(Fact):
    """A statement that could not be planned, and why."""

    text: str
    reason: str


class Supposed(Fact):
    """The answer: costs are the planner's, of all calls; what was `assumed`, and what the reader has to know."""

    change: Change
    base_cost: float
    cost: float
    changed: int
    statements: tuple[Line, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    assumes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    compared: int = 0
    same_plan_share: float | None = None


def suppose(bench: Workbench, workload: Workload, change: Change) -> Supposed:
    """Plans the workload before and after a change, on the shadow alone; raises NotSupposable."""
    shadow = bench.shadow.database
    _check(shadow, change)
    bench.progress("planning the workload on both sides")
    trusted = trust.trust(bench.target, bench.shadow, workload.statements, Names(bench.schema))
    bench.progress(f"supposing: {change.told}")
    with bench.ledger.watch("what if", "scratch", f"EXPLAIN (GENERIC_PLAN) of each statement; {change.told}") as seen:
        with shadow.alone:
            with _session(shadow) as session:
                before = {s.fingerprint: _plan(session, s) for s in workload.statements}
                memory = session.memory
            with _supposed(shadow, change) as (session, grown):
                session.memory = memory  # types of parameters that were guessed: in a transaction nothing can be tried
                after = {s.fingerprint: _plan_inside(session, s) for s in workload.statements}
        lines = tuple(_lines(workload, before, after, trusted.differing))
        seen.saw = {"change": change.told, "costs": {line.name: [line.cost_before, line.cost] for line in lines}}
    return Supposed(
        change=change,
        base_cost=round(sum(line.calls * line.cost_before for line in lines), 2),
        cost=round(sum(line.calls * line.cost for line in lines), 2),
        changed=sum(not line.same_plan for line in lines),
        statements=lines,
        unplanned=tuple(_unplanned(workload, before, after)),
        assumes=grown.assumes,
        notes=(*grown.notes, *([UNITS] if _unit(change) else []), *bench.shadow.notes, *hidden(bench)),
        compared=trusted.calibration.compared,
        same_plan_share=trusted.calibration.share,
    )


def _unit(change: Change) -> bool:
    return any(name.endswith(COSTS) for name in change.settings)


def _check(shadow: Database, change: Change) -> None:
    """Refuses what is no setting of the planner, no table or no index."""
    allowed = {row["name"] for row in shadow.query(ALLOWED, (list(FURTHER), list(IN_VAIN)))}
    for name in change.settings:
        if name not in allowed:
            raise NotSupposable(refused(name, allowed))
    growing.factors(shadow, change.grow)
    for name in change.drop:
        if not shadow.query(INDEX, (name,)):
            raise NotSupposable(f"there is no index {name}; write it as schema.index")


@contextmanager
def _session(shadow: Database) -> Iterator[Database]:
    """A connection of its own, so that what it knows of files and settings goes with it."""
    session = Database(shadow.name, shadow.conninfo)
    try:
        prepare(session)
        yield session
    finally:
        session.close()


@contextmanager
def _supposed(shadow: Database, change: Change) -> Iterator[tuple[Database, Grown]]:
    """A session that plans with all of a change; nothing of it stays."""
    by = growing.factors(shadow, change.grow)
    with _held(shadow, by), _session(shadow) as session, session.connection.transaction(force_rollback=True):
        _set(session, change.settings)
        grown = growing.scale_statistics(session, by)
        with hypothetical_indexes(session, [(ddl, None) for ddl in change.indexes]) as made:
            for found in made:
                if isinstance(found, psycopg.Error):
                    raise NotSupposable(f"PostgreSQL refuses the index: {found.diag.message_primary}")
            for name in change.drop:
                session.connection.execute(TURN, ([session.query(INDEX, (name,))[0]["oid"]],))
            yield session, grown


@contextmanager
def _held(shadow: Database, by: Mapping[int, float]) -> Iterator[None]:
    if not by:
        yield
        return
    with growing.longer(shadow, by):
        yield


def _set(session: Database, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        try:
            session.query("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
        except psycopg.Error as error:
            hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
            raise NotSupposable(f"{name} = {value}: {error.diag.message_primary}{hint}") from None


def _plan(session: Database, statement: Statement) -> Plan | str:
    """The plan of a statement, or why there is none."""
    try:
        return planned(session, planning_text(statement))
    except (Unplannable, psycopg.Error) as error:
        return str(error) or type(error).__name__


def _plan_inside(session: Database, statement: Statement) -> Plan | str:
    """The same inside of a transaction, which a refusal does not end."""
    try:
        with session.connection.transaction():
            return planned(session, planning_text(statement))
    except (Unplannable, psycopg.Error) as error:
        return str(error) or type(error).__name__


def _lines(
    workload: Workload, before: Mapping[str, Plan | str], after: Mapping[str, Plan | str], differing: frozenset[str]
) -> Iterator[Line]:
    for statement in workload.statements:
        old, new = before[statement.fingerprint], after[statement.fingerprint]
        if isinstance(old, Plan) and isinstance(new, Plan):
            yield _line(statement, old, new, statement.fingerprint not in differing)


def _line(statement: Statement, old: Plan, new: Plan, trusted: bool) -> Line:
    same = _shape(old.root) == _shape(new.root)
    return Line(
        name=statement.fingerprint,
        text=statement.text,
        calls=statement.calls,
        cost_before=old.cost,
        cost=new.cost,
        same_plan=same,
        trusted=trusted,
        changes=() if same else compare(old, new).changes or ("the order or kind of joins",),
        before=None if same else old,
        after=None if same else new,
    )


def _shape(node: Node) -> tuple[Any, ...]:
    return (node.label, *map(_shape, node.children))


def _unplanned(
    workload: Workload, before: Mapping[str, Plan | str], after: Mapping[str, Plan | str]
) -> Iterator[Unplanned]:
    for statement in workload.statements:
        for found in (before[statement.fingerprint], after[statement.fingerprint]):
            if isinstance(found, str):
                yield Unplanned(text=statement.text, reason=found)
                break
