"""Tuning: for each slow statement another text, with an index where that needs one, if the planner likes it better."""

from __future__ import annotations

from collections.abc import Iterable

from dbengineer.tools.facts import Fact, Recommendation
from dbengineer.tools.indexes import candidates
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.statistics import Statistics
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rewrites import Rewrite, rewrites
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.schema.catalog import Schema

CHEAPER, ENOUGH, NEAR = 0.9, 0.5, 1.25


class Option(Fact):
    """A rewrite with the index that it needs, if it needs one; `cost` in the planner's units for one call."""

    statement: Statement
    rewrite: Rewrite
    index: Candidate | None = None
    before: float
    cost: float


def best(planner: Planner, statement: Statement, schema: Schema, statistics: Statistics) -> Option | None:
    """The cheapest rewrite of a statement that costs a tenth less than it does today; None where there is none."""
    try:
        before = planner.cost(statement)
    except Unplannable:
        return None
    found = [
        o for r in rewrites(statement.text, schema) for o in _options(planner, statement, r, before, schema, statistics)
    ]
    return min((o for o in found if o.cost < before * CHEAPER), key=lambda o: (o.cost, o.rewrite.rule), default=None)


def _options(
    planner: Planner, statement: Statement, rewrite: Rewrite, before: float, schema: Schema, statistics: Statistics
) -> Iterable[Option]:
    """The rewrite as it is, and with the smallest index that helps it nearly most, where that halves its cost."""
    new = statement.model_copy(update={"text": rewrite.text, "fingerprint": sql.fingerprint(rewrite.text)})
    try:
        plain = planner.cost(new)
    except Unplannable:
        return
    yield Option(statement=statement, rewrite=rewrite, before=before, cost=plain)
    wanted = candidates.candidates({new.fingerprint: new.text}, schema, statistics)
    tried = [(planner.cost(new, frozenset({c.name})), c) for c in planner.ready(wanted)]
    least = min((cost for cost, _ in tried), default=plain)
    near = [(planner.bytes(index), index.name, cost, index) for cost, index in tried if cost <= least * NEAR]
    if near and least < plain * ENOUGH:
        *_, cost, index = min(near, key=lambda n: n[:2])
        yield Option(statement=statement, rewrite=rewrite, index=index, before=before, cost=cost)


def recommendation(option: Option, evidence: str) -> Recommendation:
    """A rewrite as a recommendation; its SQL ends in the new text, its undo in the old one."""
    make = f"{option.index.sql()}\n" if option.index else ""
    take = f"{option.index.undo()}\n" if option.index else ""
    text = make + option.rewrite.text.rstrip(";") + ";"
    with_index = f", with an index on {option.index.table}" if option.index else ""
    sure = "The rule keeps the meaning whatever the rows." if option.rewrite.kept else "It depends on the values sent."
    return Recommendation(
        id=Recommendation.name("query", text),
        deliverable="queries",
        kind="query",
        title=f"{option.rewrite.title.rstrip('.')}{with_index}",
        why=f"{option.rewrite.why} The planner's cost falls from {option.before:,.0f} to {option.cost:,.0f} a call.",
        sql=text,
        undo=take + option.statement.text.rstrip().rstrip(";") + ";",
        risk=f"The application's text has to change. {sure}",
        solves=(option.statement.key,),
        evidence=(evidence,),
    )
