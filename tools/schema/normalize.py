"""A review of normal forms: hints from the catalog and, where rows may be used, from dependencies between columns.

A dependency that holds in the rows of today is a hint: an order that repeats the customer's address may do so to
remember it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import psycopg

from dbengineer.tools import checking
from dbengineer.tools.facts import Coverage, Fact, Finding
from dbengineer.tools.queries.sql import identifier
from dbengineer.tools.schema.catalog import Schema, Table
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.workbench import Workbench

# Thresholds: a determinant has at least two values, each of them on average one and a half times in the rows, and the
# dependent column has ten values, since two values depend on nearly everything by chance.
MOST_DISTINCT, FEWEST_VALUES, FEWEST_ROWS, MOST_COLUMNS = 0.67, 10, 50, 60
SAMPLE = 20_000
SNAPSHOT = "Repeating it may be meant, as a snapshot of how things were (an address on an order): then leave it."


class Hints(Fact):
    """What the review found and how much it could look at."""

    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    evidence: tuple[str, ...] = ()


class Dependency(Fact):
    """In the rows of today each value of `determinant` comes with one value of each of `dependents`."""

    table: str
    determinant: str
    dependents: tuple[str, ...]


def review(bench: Workbench) -> Hints:
    """The hints of the catalog, and those of the rows where they may be copied."""
    started = time.perf_counter()
    from_catalog = list(structural(bench.schema))
    took = (time.perf_counter() - started) * 1000
    saw = {"hints": [f"{f.check}: {f.object}" for f in from_catalog]}
    evidence = bench.ledger.record("normal forms", "target", "the catalog: columns and keys", saw, took)
    cited = [f.model_copy(update={"evidence": (evidence.id,)}) for f in from_catalog]
    tables = len([t for t in bench.schema.tables if t.partition_of is None])
    try:
        found, coverage, more = _dependent(bench)
    except (PermissionError, ScratchError) as error:
        because = f"dependencies between columns are in the rows: {error}"
        lack = Coverage(what="dependencies between columns", examined=0, total=tables, because=because, hints=True)
        return Hints(findings=tuple(cited), coverage=(lack,), evidence=(evidence.id,))
    return Hints(findings=(*cited, *found), coverage=(coverage,), evidence=(evidence.id, *more))


def structural(schema: Schema) -> Iterator[Finding]:
    """The hints that need no row: columns that a part of a composite key may decide."""
    for table in schema.tables:
        if table.partition_of is None:
            yield from _partial(table, schema)


def dependencies(database: Database, table: Table) -> list[Dependency]:
    """The columns of a table that hang on another column which is no key of it, over a sample of its rows."""
    candidates = [c.name for c in table.columns if not _alone_unique(table, c.name) and _groups(c.type)]
    if len(candidates) < 2 or len(candidates) > MOST_COLUMNS:
        return []
    source = f"(SELECT {', '.join(quoted(c) for c in candidates)} FROM {table.qualified} LIMIT {SAMPLE}) s"
    counts = database.query(
        "SELECT count(*) AS n, "
        + ", ".join(f"count(DISTINCT {quoted(c)}) AS c{i}" for i, c in enumerate(candidates))
        + f" FROM {source}"
    )[0]
    if counts["n"] < FEWEST_ROWS:
        return []
    values = {c: counts[f"c{i}"] for i, c in enumerate(candidates)}
    found: list[Dependency] = []
    entities = [c.name for c in table.columns if c.name in candidates and _names(c.type)]
    for name in sorted(entities, key=lambda c: c not in _references(table)):
        seen = any(name in d.dependents and values[d.determinant] == values[name] for d in found)
        others = [c for c in candidates if c != name and _worth(table, values, c) and values[c] <= values[name]]
        if 2 <= values[name] <= MOST_DISTINCT * counts["n"] and others and not seen:
            dependents = _hanging_on(database, source, name, others)
            found += [Dependency(table=table.qualified, determinant=name, dependents=dependents)] if dependents else []
    return found


def _worth(table: Table, values: dict[str, int], name: str) -> bool:
    """Whether a dependent says something: it has many values, or brothers that begin with the same word."""
    brothers = [c for c in values if c != name and "_" in name and c.split("_")[0] == name.split("_")[0]]
    enough = FEWEST_VALUES if not brothers else 2
    return values[name] >= enough and name not in _references(table) and not _stamp(name)


def _references(table: Table) -> set[str]:
    return {name for key in table.foreign_keys for name in key.columns}


def _hanging_on(database: Database, source: str, determinant: str, others: list[str]) -> tuple[str, ...]:
    one = quoted(determinant)
    inner = ", ".join(
        f"count(DISTINCT {quoted(c)}) + (count({quoted(c)}) < count(*))::int AS d{i}" for i, c in enumerate(others)
    )
    outer = ", ".join(f"max(d{i}) AS d{i}" for i in range(len(others)))
    sql = f"SELECT {outer} FROM (SELECT {inner} FROM {source} WHERE {one} IS NOT NULL GROUP BY {one}) g"
    row = database.query(sql)[0]
    return tuple(c for i, c in enumerate(others) if (row[f"d{i}"] or 0) == 1)


def _dependent(bench: Workbench) -> tuple[list[Finding], Coverage, list[str]]:
    tables = [t for t in bench.schema.tables if t.partition_of is None and t.kind != "foreign"]
    if bench.rows != "copy":
        raise PermissionError("they may not be copied; allow it with --rows copy")
    database = bench.restored.database
    findings: list[Finding] = []
    evidence: list[str] = []
    refused: list[str] = []
    for table in tables:
        started = time.perf_counter()
        try:
            found = dependencies(database, table)
        except psycopg.Error as error:
            refused.append(f"{table.qualified}: {checking.reason(error)}")
            continue
        if found:
            took = (time.perf_counter() - started) * 1000
            saw = {"dependencies": [d.model_dump() for d in found], "rows_at_most": SAMPLE}
            ran = f"for each column of {table.qualified}: do the others depend on it?"
            evidence.append(bench.ledger.record("normal forms", "scratch", ran, saw, took).id)
            findings += [_transitive(table, d, evidence[-1]) for d in found]
    because = "; ".join(refused[:3])
    what = "dependencies between columns"
    return (
        findings,
        Coverage(what=what, examined=len(tables) - len(refused), total=len(tables), because=because),
        evidence,
    )


def _transitive(table: Table, found: Dependency, evidence: str) -> Finding:
    names, follow = ", ".join(found.dependents), "follows" if len(found.dependents) == 1 else "follow"
    referenced = next((k.references for k in table.foreign_keys if k.columns == (found.determinant,)), None)
    where = f"it may belong into {referenced}" if referenced else f"{found.determinant} may be worth a table of its own"
    return Finding(
        check="normal_form_3",
        title="Columns that depend on another column",
        deliverable="schema",
        object=f"{found.table}.{identifier(found.determinant)}",
        detail=f"in the rows of today {names} {follow} from {found.determinant}: {where}",
        severity="info",
        why="What is written more than once can contradict itself.",
        advice=SNAPSHOT,
        evidence=(evidence,),
    )


def _partial(table: Table, schema: Schema) -> Iterator[Finding]:
    """2NF: a column that a parent of the composite key has under the same name and type may depend on a part of it."""
    if len(table.primary_key) < 2:
        return
    plain = [c for c in table.columns if c.name not in table.primary_key and len(c.name) > 3]
    for key in table.foreign_keys:
        parent = schema.table(key.references)
        if parent is None or not set(key.columns) < set(table.primary_key):
            continue
        common = [c.name for c in plain if (p := parent.column(c.name)) and p.type == c.type and not _usual(c.name)]
        if common:
            yield Finding(
                check="normal_form_2",
                title="Columns that may depend on a part of the key",
                deliverable="schema",
                object=table.qualified,
                detail=f"{', '.join(common)}: also in {parent.qualified}, to which ({', '.join(key.columns)}) refers",
                severity="info",
                why="What depends on a part of the key is repeated for every row that shares the part.",
                advice=SNAPSHOT,
            )


def _usual(name: str) -> bool:
    """Names that every table has for itself."""
    return _stamp(name) or bool(re.search(r"^(name|notes?|status|state|type|comment|position)$", name))


def _stamp(name: str) -> bool:
    """Names of what says when or by whom a row was written."""
    return bool(re.search(r"^(created|updated|deleted|modified|inserted|last_(update|modif|change))", name))


def _alone_unique(table: Table, name: str) -> bool:
    keys = [table.primary_key, *(u.columns for u in table.uniques)]
    keys += [i.columns for i in table.indexes if i.unique and i.predicate is None]
    return (name,) in keys


def _names(type_: str) -> bool:
    """Types whose values name something: a day or an amount decides nothing, whatever the rows of today say."""
    return not re.match(r"(date|time|interval|numeric|real|double|money|boolean)", type_)


def _groups(type_: str) -> bool:
    """Types that can be compared and are short enough to be grouped."""
    return not re.match(r"(json|xml|bytea|point|polygon|box|line|lseg|path|circle|tsvector|geometry|geography)", type_)
