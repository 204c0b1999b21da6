"""The second opinion: what HypoPG, where the database itself has it, makes of the indexes that the shadow chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.hypopg import Supposed
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.select import Change, Selection
from dbengineer.tools.indexes.what_if import planning_text
from dbengineer.tools.plans import read
from dbengineer.tools.queries import sql, usage
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.target import Target, TargetError
from dbengineer.tools.texts import short

MOST = 50
"""So many statements, those that the set changes most."""


class SecondOpinion(Fact):
    """`alike` of the `compared` statements take the same of the new indexes there; `ratio` is their cost with them as
    a share of the cost without, there and on the shadow. HypoPG knows of no deduplication, so its sizes are larger."""

    by: str
    compared: int
    alike: int
    ratio: float | None = None
    ratio_on_shadow: float | None = None
    differing: tuple[str, ...] = ()
    because: str = ""


def ask(target: Target, statements: Sequence[Statement], chosen: Selection, names: Names) -> SecondOpinion | None:
    """What HypoPG says of the statements that a selection changes; None where the database has no HypoPG."""
    there = target.hypopg()
    if there is None:
        return None
    asked = _asked(target, statements, chosen, names)
    by = f"HypoPG {there.version}"
    if not asked or not chosen.indexes:
        return SecondOpinion(by=by, compared=0, alike=0, because="no SELECT that may be asked there has a new plan")
    try:
        seen = target.suppose(there, [c.create(concurrently=False) for c in chosen.indexes], list(asked))
    except TargetError as error:
        return SecondOpinion(by=by, compared=0, alike=0, because=str(error))
    return _compared(by, list(asked.values()), chosen, seen)


def _asked(target: Target, statements: Sequence[Statement], chosen: Selection, names: Names) -> dict[str, Statement]:
    """The SELECTs with another plan that the guard lets through, by the text that is asked."""
    gains = {c.fingerprint: c.before - c.after for c in chosen.statements if c.before != c.after}
    found: dict[str, Statement] = {}
    for statement in sorted(statements, key=lambda s: -s.calls * gains.get(s.fingerprint, 0.0)):
        if len(found) == MOST:
            break
        if statement.fingerprint in gains:
            try:
                if sql.kind(statement.text) == "select_stmt":
                    text = usage.qualified(planning_text(statement), names)
                    if target.verdict(text).allowed:
                        found[text] = statement
            except (sql.Unreadable, Unplannable):
                continue
    return found


def _compared(by: str, statements: Sequence[Statement], chosen: Selection, seen: Supposed) -> SecondOpinion:
    ours = {name: index for name, index in zip(seen.names, chosen.indexes, strict=True) if name}
    strange = [index for name, index in zip(seen.names, chosen.indexes, strict=True) if not name]
    changes = {c.fingerprint: c for c in chosen.statements}
    compared = [
        _Seen(statement, changes[statement.fingerprint], pair, ours)
        for statement, pair in zip(statements, seen.plans, strict=True)
        if pair and not {index.name for index in strange} & set(changes[statement.fingerprint].used)
    ]
    return SecondOpinion(
        by=by,
        compared=len(compared),
        alike=sum(each.here == each.there for each in compared),
        ratio=_share(each.costs_there for each in compared),
        ratio_on_shadow=_share(each.costs_here for each in compared),
        differing=tuple(each.told() for each in compared if each.here != each.there),
        because=f"{by} does not suppose {'; '.join(index.create(concurrently=False) for index in strange)}"
        if strange
        else "",
    )


class _Seen:
    """One statement on both sides: the new indexes that its plan takes, and the costs of all calls without and with."""

    def __init__(
        self,
        statement: Statement,
        change: Change,
        plans: tuple[dict[str, Any], dict[str, Any]],
        ours: Mapping[str, Candidate],
    ) -> None:
        before, after = (read.plan(raw) for raw in plans)
        self._text = statement.text
        self._bodies = {index.name: index.body for index in ours.values()}
        self.here = self._bodies.keys() & set(change.used)
        self.there = {ours[name].name for name in after.indexes() & ours.keys()}
        self.costs_here = (statement.calls * change.before, statement.calls * change.after)
        self.costs_there = (statement.calls * before.cost, statement.calls * after.cost)

    def told(self) -> str:
        """How the two sides differ."""
        here, there = (", ".join(sorted(self._bodies[n] for n in names)) or "none" for names in (self.here, self.there))
        return f"{short(self._text)}: of the new indexes the shadow takes {here}, HypoPG {there}"


def _share(costs: Iterable[tuple[float, float]]) -> float | None:
    without, with_ = (sum(each) for each in zip((0.0, 0.0), *costs, strict=True))
    return round(with_ / without, 5) if without else None
