"""Real cases: a slow statement, and whether the index that its maintainers added is among the first three advised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.indexes import answer, ddl
from dbengineer.tools.indexes.answer import Wishes
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.queries import sql, workload
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

FILE = Path(__file__).with_name("cases.yaml")
FIRST = 3
NAME = "case"


class Case(Fact):
    """What is `made` first, the slow statement, the index that was added, and indexes that serve as well."""

    name: str
    why: str
    made: str
    query: str
    index: str
    instead: tuple[str, ...] = ()


class Found(Fact):
    """A case with the place of the maintainers' index among those advised, None where it is not among them."""

    name: str
    place: int | None
    told: str


def read() -> list[Case]:
    """All cases."""
    import yaml

    kept = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [Case.model_validate(case) for case in kept]


def run(server: Server, out: Path, say: Callable[[str], None]) -> Iterator[Found]:
    """Every case on a database of its own, one after another."""
    for case in read():
        say(f"case {case.name}")
        server.drop(NAME)
        with closing(server.create(NAME)) as database:
            for statement in sql.split(case.made):
                database.script(statement)
            database.script("ANALYZE")
        bench = Workbench(Target.open(server.conninfo(NAME), trust_role=True), out / case.name)
        try:
            yield judged(case, bench)
        finally:
            bench.__dict__.pop("scratch", None) if bench.__dict__.get("scratch") is server else None
            bench.close()
    server.drop(NAME)


def judged(case: Case, bench: Workbench) -> Found:
    """Where the index of a case stands among those that are advised for its statement alone."""
    asked = Workload(
        statements=(workload.unknown(case.query),), coverage=Coverage(what="statements", examined=1, total=1)
    )
    told = answer.choose(bench, asked, Wishes(), counted=False).told
    wanted = [c for text in (case.index, *case.instead) for c in ddl.created(text, bench.schema)]
    places = [place for place, index in enumerate(told.indexes, 1) if _serves(index.ddl, wanted, bench.schema)]
    said = [index.ddl.replace("CREATE INDEX CONCURRENTLY ", "") for index in told.indexes]
    unplanned = [u.reason for u in told.unplanned]
    return Found(name=case.name, place=min(places, default=None), told="; ".join([*said, *unplanned]) or "nothing")


def _serves(text: str, wanted: list[Candidate], schema: Schema) -> bool:
    """Whether an index does what one of these does: the same leading keys in some order, the same condition."""
    return any(_as_good(made, other) for made in ddl.created(text, schema) for other in wanted)


def _as_good(made: Candidate, other: Candidate) -> bool:
    first = made.keys[: len(other.keys)]
    same = {k.expression for k in first} == {k.expression for k in other.keys}
    held = {k.expression for k in made.keys} | set(made.include)
    where = (made.table, made.method, made.predicate) == (other.table, other.method, other.predicate)
    return where and same and held >= set(other.include)
