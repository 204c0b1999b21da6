"""What was left out of an answer, and why: nothing of a workload is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes.basing import Based
from dbengineer.tools.indexes.pooling import Pool
from dbengineer.tools.indexes.select import Selection
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement, Workload

NO_SUCH = "; if it is a temporary one: it is there only for the session that makes it, and no index can be made on it"
NOT_PLANNED = "not looked at: the {seconds:g} s were over before it was planned; --seconds gives more"
NOT_TRIED = (
    "planned only as it is, {cost:,.0f} a call: the {seconds:g} s were over before it was planned with possible indexes"
)
Left = Iterator[tuple[Statement, str]]


def unplannable(workload: Workload, known: Based, chosen: Selection, names: Names) -> Left:
    """The statements that the planner refuses, with its words."""
    refused = known.refused | chosen.unplannable
    for statement in workload.statements:
        if statement.fingerprint in refused:
            why = refused[statement.fingerprint]
            yield statement, why + (NO_SUCH if _names_no_table(statement, why, names) else "")


def _names_no_table(statement: Statement, why: str, names: Names) -> bool:
    if not why.endswith("does not exist"):
        return False
    parts = (name.rpartition(".") for name in sql.tables(statement.text))
    return any(
        f'relation "{schema}{dot}{name}"' in why and not names.table(schema, name) for schema, dot, name in parts
    )


def unreached(workload: Workload, known: Based, chosen: Selection, seconds: float) -> Left:
    """The statements that time was too short for."""
    costs = {change.fingerprint: change.before for change in chosen.statements}
    missed, unseen = set(known.unreached), set(chosen.unseen)
    for statement in workload.statements:
        name = statement.fingerprint
        if name in missed:
            yield statement, NOT_PLANNED.format(seconds=seconds)
        elif name in unseen:
            yield statement, NOT_TRIED.format(seconds=seconds, cost=costs[name])


def looked_at(workload: Workload, known: Based, chosen: Selection) -> Coverage:
    """How many statements were planned with the candidates."""
    seen = [change for change in chosen.statements if change.fingerprint not in set(chosen.unseen)]
    refused = len(known.refused) + len(chosen.unplannable)
    because = []
    if refused:
        because.append(f"{refused} cannot be planned")
    if known.unreached:
        because.append(
            f"time was over before {len(known.unreached)} were planned at all; they are in none of the costs"
        )
    if chosen.unseen:
        unseen = sum(known.costs[name] for name in chosen.unseen)
        because.append(
            f"time was over before {len(chosen.unseen)} with {known.share(unseen):.1%} of the cost were planned with "
            "possible indexes; the bound takes them to cost nothing"
        )
    total = len(workload.statements)
    return Coverage(what="statements", examined=len(seen), total=total, because="; ".join(because))


def tried(wanted: Pool, known: Based, chosen: Selection) -> Coverage:
    """For how many statements all possible indexes of their own were tried."""
    total, served = len(known.costs), len(wanted.served)
    because = ""
    if len(wanted.kept) < wanted.found or chosen.tried < len(wanted.kept) or served < total:
        share = known.share(sum(known.costs[name] for name in wanted.served))
        because = (
            f"{chosen.tried:,} possible indexes were tried, those whose statements cost most, of {wanted.found:,} that "
            f"were found; the statements that had all of theirs among them are {share:.1%} of the cost; the bound is "
            "that of sets of these, not of what only the others would use"
        )
    return Coverage(
        what="statements with all their possible indexes tried", examined=served, total=total, because=because
    )
