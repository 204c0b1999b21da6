"""What if: what statements would cost the planner with indexes that do not exist."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any

import psycopg

from dbengineer.tools.indexes import size, statistics
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.tree import Answer
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.running import Unplannable, planned
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.database import Database, quoted

PAGE = 8192
# The indexes of partitions come and go with that of the whole table.
INDEXES = """
SELECT i.indexrelid::int8 AS oid, i.indexrelid::regclass::text AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT c.relispartition
"""
PARTS = """
SELECT w.name AS whole, i.oid::int8 AS oid, i.relname AS name, t.relname AS "table"
FROM unnest(%s::text[]) AS w (name)
CROSS JOIN LATERAL (
  SELECT w.name::regclass::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree(w.name::regclass)
) p
JOIN pg_class i ON i.oid = p.oid JOIN pg_index x ON x.indexrelid = i.oid JOIN pg_class t ON t.oid = x.indrelid
"""
HIDE = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = ANY(%s::oid[])"
REAL = "SELECT coalesce(sum(pg_relation_size(o)), 0)::int8 AS bytes FROM unnest(%s::oid[]) o"
CreateAll = Callable[[Database, Sequence[tuple[str, int | None]]], AbstractContextManager[Sequence[Any]]]
TURN = "UPDATE pg_index SET indisvalid = NOT indisvalid WHERE indexrelid = ANY(%s::oid[])"
Create = Callable[[Database, str, int], AbstractContextManager[Any]]


@contextmanager
def built(database: Database, ddl: str, pages: int) -> Iterator[None]:
    """An index on a copy that holds rows, while the context lasts: nothing about it is hypothetical."""
    before = {row["oid"] for row in database.query(INDEXES)}
    try:
        database.script(ddl)
        yield
    finally:
        for row in database.query(INDEXES):
            if row["oid"] not in before:
                database.script(f"DROP INDEX IF EXISTS {row['name']}")


class Planner:
    """Asks the planner of one scratch database, with candidates switched on and off; a context manager.

    A plan that was made with the indexes A available and uses S of them is the plan for every set between S and A,
    so most questions are answered without asking.
    """

    def __init__(self, database: Database, *, create: Create = built, create_all: CreateAll | None = None) -> None:
        self.database = database
        self.calls = 0
        self.refused: dict[Candidate, str] = {}
        self._create = create
        self._create_all = create_all
        self._made = ExitStack()
        self._oids: dict[str, list[int]] = {}
        self._part_of: dict[str, str] = {}
        self._shown: frozenset[str] = frozenset()
        self._existing: frozenset[str] = frozenset()
        self._known: dict[str, list[Answer]] = {}
        self._plans: dict[tuple[str, frozenset[str]], Plan] = {}
        self._texts: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        self._on: dict[str, set[str]] = defaultdict(set)
        self._relations: dict[str, frozenset[str]] = {}
        self._pools: dict[frozenset[str], frozenset[str]] = {}
        self._as_it_is: dict[str, Plan] = {}
        self._statistics = statistics.read(database)
        prepare(database)

    def __enter__(self) -> Planner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.show(frozenset(self._oids))
        finally:
            self._made.close()

    def add(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Makes candidates, hidden; gives back those that PostgreSQL accepts, notes why it refused the others."""
        if self._create_all is None:
            return [candidate for candidate in candidates if self._add(candidate)]
        return self._add_all(self._create_all, list(candidates))

    def ready(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Those of the candidates that can be tried; what was added before is not made again."""
        wanted = [c for c in candidates if c not in self.refused]
        new = list(dict.fromkeys(c for c in wanted if c.name not in self._oids))
        if new:
            self.add(new)
        return [c for c in wanted if c.name in self._oids]

    def bytes(self, candidate: Candidate) -> int:
        """The estimated size of a candidate that was added."""
        return self._bytes[candidate.name]

    def real_bytes(self, candidate: Candidate) -> int:
        """The bytes of the files of a candidate that was made; on a shadow the estimated ones."""
        oids = self._oids[candidate.name]
        return int(self.database.query(REAL, (oids,))[0]["bytes"])

    def size_of(self, name: str) -> int:
        """The bytes of a candidate or an adopted index of a name."""
        return self._bytes[name]

    @property
    def existing(self) -> frozenset[str]:
        """The names of the existing indexes that were adopted."""
        return self._existing

    def adopt(self, qualified: str, name: str, bytes_: int) -> None:
        """Takes an existing index, by its qualified name, among those that can be hidden."""
        self._take({qualified: name})
        self._bytes[name] = bytes_
        self._existing |= {name}
        self._shown |= {name}
        # What was asked before took it for given.
        self._known.clear()

    @property
    def table_bytes(self) -> int:
        """The size of all tables of the database, as its catalog has it."""
        return sum(table.pages for table in self._statistics.values() if not table.partitioned) * PAGE

    def cost(self, statement: Statement, chosen: frozenset[str] = frozenset()) -> float:
        """The planner's cost of a statement with the named candidates only; raises Unplannable."""
        return self.answer(statement, chosen & self.on(statement)).cost

    def used(self, statement: Statement, chosen: frozenset[str]) -> frozenset[str]:
        """Which of the named candidates the plan of a statement uses; raises Unplannable."""
        return self.answer(statement, chosen & self.on(statement)).used

    def plan(self, statement: Statement, chosen: frozenset[str] = frozenset()) -> Plan:
        """The plan of a statement with the named candidates only; raises Unplannable."""
        self._show_to(statement, chosen)
        self.calls += 1
        if statement.fingerprint not in self._texts:
            self._texts[statement.fingerprint] = planning_text(statement)
        return planned(self.database, self._texts[statement.fingerprint])

    def answer(self, statement: Statement, chosen: frozenset[str]) -> Answer:
        """The plan of a statement with the named candidates only, from memory where it is known; raises Unplannable."""
        known = self._known.setdefault(statement.fingerprint, [])
        for answer in known:
            if answer.holds_for(chosen):
                return answer
        plan = self.plan(statement, chosen)
        used = frozenset(self._part_of[name] for name in plan.indexes() & self._part_of.keys())
        known.append(Answer(chosen, used, plan.cost))
        self._plans[statement.fingerprint, chosen] = plan
        return known[-1]

    def plan_known(self, statement: Statement, chosen: frozenset[str]) -> Plan:
        """The plan of a statement with the named candidates, of which it may have been asked before."""
        answer = self.answer(statement, chosen & self.on(statement))
        return self._plans.get((statement.fingerprint, answer.available)) or self.plan(statement, answer.available)

    def on(self, statement: Statement) -> frozenset[str]:
        """The candidates on tables that a statement reads, by the plan that it has without any; raises Unplannable."""
        name = statement.fingerprint
        if name not in self._relations:
            plan = self._as_it_is[name] = self.plan(statement, self._existing)
            self._relations[name] = frozenset(n.relation.split(" ")[0] for n in plan.nodes() if n.relation)
        if name not in self._known:
            plan = self._as_it_is[name]
            used = frozenset(self._part_of[index] for index in plan.indexes() & self._part_of.keys())
            self._known[name] = [Answer(self._existing & self._among(name), used, plan.cost)]
        return self._among(name)

    def as_it_is(self, statement: Statement) -> float:
        """The planner's cost of a statement without any candidate, with all that exists; raises Unplannable."""
        self.on(statement)
        return self._as_it_is[statement.fingerprint].cost

    def _among(self, fingerprint: str) -> frozenset[str]:
        read = self._relations[fingerprint]
        if read not in self._pools:
            self._pools[read] = frozenset[str]().union(*(self._on[table] for table in read if table in self._on))
        return self._pools[read]

    def _take(self, named: dict[str, str]) -> None:
        """Notes what is behind indexes, given by qualified name with ours: those of all parts of partitioned ones."""
        for part in self.database.query(PARTS, (list(named),)):
            name = named[part["whole"]]
            self._oids.setdefault(name, []).append(part["oid"])
            self._part_of[part["name"]] = name
            self._on[part["table"]].add(name)
        self._pools.clear()

    def _add(self, candidate: Candidate) -> bool:
        try:
            pages = self._prepared(candidate)
            self._made.enter_context(self._create(self.database, candidate.create(concurrently=False), pages))
        except psycopg.Error as error:
            return self._refuse(candidate, error)
        self._note({candidate: pages})
        return True

    def _add_all(self, create: CreateAll, candidates: list[Candidate]) -> list[Candidate]:
        wanted = []
        for candidate in candidates:
            try:
                wanted.append((candidate, self._prepared(candidate)))
            except (psycopg.Error, Unplannable) as error:
                self._refuse(candidate, error)
        made = create(self.database, [(c.create(concurrently=False), pages) for c, pages in wanted])
        accepted = {}
        for (candidate, pages), result in zip(wanted, self._made.enter_context(made), strict=True):
            if isinstance(result, psycopg.Error):
                self._refuse(candidate, result)
            else:
                accepted[candidate] = pages
        self._note(accepted)
        return list(accepted)

    def _prepared(self, candidate: Candidate) -> int:
        """The pages of a candidate, whose extension is there."""
        if candidate.extension:
            self.database.script(f"CREATE EXTENSION IF NOT EXISTS {candidate.extension}")
        return self._pages(candidate)

    def _refuse(self, candidate: Candidate, error: Exception) -> bool:
        said = error.diag.message_primary if isinstance(error, psycopg.Error) else str(error)
        self.refused[candidate] = said or type(error).__name__
        return False

    def _note(self, made: dict[Candidate, int]) -> None:
        """Keeps what was made for candidates, given with their pages, hidden."""
        self._take({candidate.qualified: candidate.name for candidate in made})
        self._bytes |= {candidate.name: pages * PAGE for candidate, pages in made.items()}
        self.database.connection.execute(HIDE, ([oid for c in made for oid in self._oids[c.name]],))

    def _pages(self, candidate: Candidate) -> int:
        table = self._statistics[candidate.table]
        if not candidate.predicate:
            return size.pages(candidate, table)
        question = f"SELECT FROM {candidate.table} WHERE {candidate.predicate}"
        return size.pages(candidate, table, planned(self.database, question).root.rows)

    def show(self, chosen: frozenset[str]) -> None:
        """Lets the planner see just the named ones; it does not see an index whose indisvalid is false."""
        changed = [oid for name in chosen ^ self._shown for oid in self._oids[name]]
        if changed:
            self.database.connection.execute(TURN, (changed,))
        self._shown = chosen

    def _show_to(self, statement: Statement, chosen: frozenset[str]) -> None:
        """Shows just the named ones on the tables of a statement: it matters nothing to it what others have."""
        if statement.fingerprint in self._relations:
            chosen = chosen | (self._shown - self._among(statement.fingerprint))
        self.show(chosen)


def prepare(database: Database) -> None:
    """Names of tables are found as the application finds them, and EXPLAIN does not compile."""
    rows = database.query(
        """SELECT n.nspname AS name FROM pg_namespace n WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
           AND n.nspname !~ '^pg_(toast|temp)' AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)
           ORDER BY n.nspname <> 'public', n.nspname"""
    )
    path = ", ".join(quoted(row["name"]) for row in rows) or "public"
    database.script(f"SET search_path = {path}; SET jit = off")


def planning_text(statement: Statement) -> str:
    """The statement as its plan is asked for: its LIMIT is what it gave back on average, and what LIKE looks for
    is rare.

    A generic plan would guess 10 % of all rows for the one, and half a percent for the other.
    """
    rows = math.ceil(statement.rows / statement.calls) if statement.rows else 20
    try:
        return sql.assumed(statement.text, rows)
    except sql.Unreadable as error:
        raise Unplannable(str(error)) from None
