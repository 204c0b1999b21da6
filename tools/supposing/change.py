"""What is supposed to be other than it is, read from what a person or a model writes, and refused where it means
nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from dbengineer.tools.facts import Fact
from dbengineer.tools.queries import sql

EVERYTHING = "all"
LEAST, MOST = 0.001, 10_000_000.0
"""By which factors a table may grow."""
FURTHER = frozenset({"work_mem", "hash_mem_multiplier", "effective_io_concurrency", "maintenance_io_concurrency"})
"""Settings that enter the planner's costs beside those that PostgreSQL itself files under query tuning."""
ALLOWED = """
SELECT name FROM pg_catalog.pg_settings
WHERE (category LIKE 'Query Tuning%%' OR name = ANY(%s)) AND NOT name = ANY(%s)
"""
IN_VAIN = {
    "shared_buffers": "the planner does not look at it; effective_cache_size is what it believes of memory",
    "max_parallel_workers": "the planner does not look at it; max_parallel_workers_per_gather is what it plans with",
    "max_worker_processes": "the planner does not look at it; max_parallel_workers_per_gather is what it plans with",
    "maintenance_work_mem": "it is for VACUUM and index builds; work_mem is for statements",
    "default_statistics_target": "it works through ANALYZE, which needs rows, and the shadow has none",
    "jit": "it is decided after the plan was chosen, and changes no cost",
    "plan_cache_mode": "it chooses between plans of prepared statements; here every statement is planned as it stands",
}


class NotSupposable(ValueError):
    """Something that cannot be supposed; the message says why, and what can."""


class Change(Fact):
    """What is other: `settings` of the planner by name, by how many times tables grow (`all` are all the others),
    `indexes` that are there as CREATE INDEX, and the names of indexes that are gone."""

    settings: dict[str, str] = {}
    grow: dict[str, float] = {}
    indexes: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The change in one line."""
        parts = [f"{name} = {value}" for name, value in self.settings.items()]
        parts += [f"{table} {factor:g} times as large" for table, factor in self.grow.items()]
        return "; ".join([*parts, *self.indexes, *(f"without {name}" for name in self.drop)])


def change(
    settings: Iterable[str] = (), grow: Iterable[str] = (), indexes: Iterable[str] = (), drop: Iterable[str] = ()
) -> Change:
    """A change of words such as work_mem=64MB, public.orders=10 (or all=10) and CREATE INDEX; raises NotSupposable."""
    made = Change(
        settings=dict(_pair(word, "random_page_cost=1.1") for word in settings),
        grow=dict(_growth(word) for word in grow),
        indexes=tuple(_index(text) for text in indexes),
        drop=tuple(drop),
    )
    if not made.told:
        raise NotSupposable(
            "nothing was said to be other; give a setting (random_page_cost=1.1), a table's growth (public.orders=10, "
            "or all=10), or an index"
        )
    return made


def words(text: str) -> Change:
    """A change in one line, such as `work_mem=64MB public.orders=10`; raises NotSupposable.

    A name with a dot is a table's, since no setting of the planner has one.
    """
    parts = re.findall(r"""(?:"[^"]*"|'[^']*'|[^\s,])+""", text)
    tables = [p for p in parts if _is_table(p)]
    return change([p for p in parts if p not in tables], tables)


def _is_table(word: str) -> bool:
    name = word.rpartition("=")[0]
    return "." in name or name == EVERYTHING


def _pair(word: str, example: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in word.partition("="))
    if not name or not equals or not value:
        raise NotSupposable(f"{word!r} says nothing; write it as {example}")
    return name.lower(), value.strip("'\"")


def _growth(word: str) -> tuple[str, float]:
    table, _, number = word.rpartition("=")
    try:
        factor = float(number.strip().lower().strip("x×"))
    except ValueError:
        factor = 0.0
    if not table or not factor or factor != factor:
        raise NotSupposable(f"{word!r} is no growth; write it as public.orders=10, or all=10 for every table")
    if not LEAST <= factor <= MOST:
        raise NotSupposable(f"{table} cannot be {factor:g} times as large; from {LEAST:g} to {MOST:,.0f} times can be")
    return table.strip(), factor


def _index(text: str) -> str:
    try:
        kind = sql.kind(text)
    except sql.Unreadable:
        kind = "unreadable"
    if kind != "index_stmt":
        raise NotSupposable(f"{text[:60]!r} is no index; give one CREATE INDEX statement")
    return text.strip().rstrip(";")


def refused(name: str, allowed: Iterable[str]) -> str:
    """Why a setting cannot be supposed."""
    if name in IN_VAIN:
        return f"{name} would change no plan: {IN_VAIN[name]}"
    near = difflib.get_close_matches(name, list(allowed), 3, 0.5)
    meant = f"; did you mean {' or '.join(near)}?" if near else "; it can be such as random_page_cost or work_mem"
    return f"{name} is no setting of the planner{meant}"
