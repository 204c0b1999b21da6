"""What was seen of a migration, judged: which locks last, who is stopped, what is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import locks, statements
from dbengineer.tools.migrations.locks import STRENGTH, Held
from dbengineer.tools.migrations.rehearsing.clients import Broken
from dbengineer.tools.migrations.rehearsing.sizes import BIG, spoken
from dbengineer.tools.migrations.rehearsing.verdict import Concern, Level, Seen

BLOCKING = STRENGTH["ShareLock"]
EXCLUSIVE = STRENGTH["AccessExclusiveLock"]


class Known(Fact):
    """What is known of the tables that were there before: all their names, and rows where there is a target."""

    tables: frozenset[str]
    rows: dict[str, int] = {}

    def big(self, table: str) -> bool:
        """Whether work on a table takes time; of one whose size nobody knows it may."""
        return table in self.tables and self.rows.get(table, BIG) >= BIG


def judge(seen: Sequence[Seen], broken: Sequence[Broken], known: Known) -> list[Concern]:
    """The concerns about a migration that went through, from what was seen of its statements and of its clients."""
    found = [c for one in seen for c in _statement(one, known)]
    found += _wide(seen, known)
    found += [_died(b) for b in broken]
    return list(dict.fromkeys(found))


def _statement(one: Seen, known: Known) -> Iterator[Concern]:
    worked = _worked(one, known)
    blocking = [h for h in (*one.held, *one.locks) if STRENGTH[h.mode] >= BLOCKING and known.big(h.relation)]
    if worked and blocking:
        yield _concern("finding", "blocked", _blocked(one, blocking), one)
    elif worked and one.estimate and statements.kind(one.statement) in statements.CHANGES_ROWS:
        yield _concern(
            "finding",
            "unbatched",
            f"changes the rows of {worked} in one transaction: {one.estimate.words}, and every row stays locked until "
            "the end; do it in batches",
            one,
        )
    if _waits(one, known) and not one.bounded:
        yield _concern(
            "note",
            "lock_timeout",
            "waits for its lock as long as it takes, and everybody else behind it; set lock_timeout and try again",
            one,
        )


def _blocked(one: Seen, blocking: list[Held]) -> str:
    strongest = max(blocking, key=lambda h: STRENGTH[h.mode])
    others = sorted({h.relation for h in blocking} - {strongest.relation})
    also = f" (and on {', '.join(others)})" if others else ""
    since = "" if strongest in one.locks else ", taken earlier in the same transaction,"
    kinds = dict.fromkeys(w.partition(":")[0] for w in one.work)
    work = f"during the {' and the '.join(kinds)}" if kinds else "while rows are changed"
    cost = f" for {one.estimate.words}" if one.estimate else ""
    return (
        f"{locks.spelled(strongest.mode)} on {strongest.relation}{also}{since} blocks {locks.BLOCKS[strongest.mode]} "
        f"{work}{cost}"
    )


def _worked(one: Seen, known: Known) -> str:
    """The big table on which a statement does work that grows with it."""
    names = [w.partition(": ")[2] for w in one.work] + list(one.rewrites)
    if statements.kind(one.statement) in statements.CHANGES_ROWS - {"truncate_stmt"}:
        names += [one.estimate.table] if one.estimate else []
    if statements.kind(one.statement) == "truncate_stmt":
        return ""
    return next((n for n in names if known.big(n)), "")


def _waits(one: Seen, known: Known) -> bool:
    return any(STRENGTH[h.mode] >= EXCLUSIVE and h.relation in known.tables for h in one.locks)


def _wide(seen: Sequence[Seen], known: Known) -> Iterator[Concern]:
    for number in {s.transaction for s in seen}:
        inside = [s for s in seen if s.transaction == number]
        exclusive = {h.relation for s in inside for h in s.locks if STRENGTH[h.mode] >= EXCLUSIVE}
        named = {t for s in inside if s.locks for t in [s.locks[0].relation]}
        hot = sorted(t for t in exclusive & named if known.big(t))
        if len(hot) > 1:
            why = f"holds ACCESS EXCLUSIVE on {', '.join(hot)} until its end; one hot table a transaction"
            yield Concern(level="finding", rule="wide_transaction", why=f"the transaction {why}")


def _died(broken: Broken) -> Concern:
    if broken.prepared:
        why = f"a prepared `SELECT *` of {broken.table} fails in running clients ({broken.error}) until they reconnect"
        return Concern(level="note", rule="prepared_statement", why=why)
    shown = re.sub(r"\s+", " ", broken.statement)[:100]
    why = f"clients that still name what was there fail: {shown}: {broken.error}"
    return Concern(level="finding", rule="breaks_clients", why=why)


def blocked_for(table: str, seen: Sequence[Seen]) -> str:
    """How long a table is closed to writers at the target's size, over the transaction that closes it longest."""
    longest = 0.0
    for number in {s.transaction for s in seen}:
        closed = False
        total = 0.0
        for one in (s for s in seen if s.transaction == number):
            closed = closed or any(h.relation == table and STRENGTH[h.mode] >= BLOCKING for h in one.locks)
            total += (one.estimate.seconds if one.estimate else one.took_ms / 1000) if closed else 0
        longest = max(longest, total)
    return spoken(longest) if longest else ""


def _concern(level: Level, rule: str, why: str, one: Seen) -> Concern:
    return Concern(level=level, rule=rule, why=why, statement=one.statement)
