"""Candidates: the few indexes that could serve a statement, from what it does with columns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from dbengineer.tools.indexes import ddl
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.statistics import Statistics, TableStatistics
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Condition, Names, Order, Use, uses
from dbengineer.tools.schema.catalog import Schema

RANGE = {"<", ">", "<=", ">="}
BARE = {"is null", "is not null", "is true", "is false"}
MAX_KEYS, MAX_INCLUDED, MAX_INCLUDED_BYTES = 4, 5, 120
UNSUITED = {"json", "xml", "point", "box", "polygon", "path", "circle", "line", "lseg"}
GIN_OPERATORS = {"@>", "&&", "?", "?|", "?&", "@@", "<@"}
GIST_OPERATORS = {"&&", "@>", "<@", "<<", ">>", "-|-", "<->", "<<=", ">>=", "&<", "&>"}
SHAPES = {"point", "box", "polygon", "circle"}
ADDRESSES = {"inet", "cidr"}
FOLLOWS, MANY_PAGES = 0.95, 1000
"""From which correlation with the order of rows, and how many pages, summaries of ranges of pages (BRIN) do."""
PREFIX = re.compile(r"LIKE '((?:[^'%_\\\\]|'')+)%")
Rare = Callable[[str, Condition], bool]
"""Whether few rows of a table meet a condition on a literal, which therefore is a state and no parameter."""


def never_rare(table: str, condition: Condition) -> bool:
    """Where nothing is known of values."""
    return False


def candidates(
    texts: Mapping[str, str],
    schema: Schema,
    statistics: Statistics,
    *,
    trigrams: bool = True,
    width: int = MAX_KEYS,
    literals: bool = True,
    rare: Rare = never_rare,
    enough: Callable[[int], bool] = lambda found: False,
) -> dict[Candidate, frozenset[str]]:
    """The candidates of statements given by fingerprint, each with the statements it was made for.

    What exists already, also as the beginning of an existing index, is left out; `trigrams` says whether pg_trgm
    can be had, `width` how many keys an index may have, `literals` whether a literal of a text is always the same, so
    that a partial index on it serves every call; otherwise only one that is `rare` has its own. `enough` is told how
    many there are and says when to leave the statements that follow.
    """
    made = _Maker(statistics, trigrams=trigrams, literals=literals, rare=rare)
    names, existing = Names(schema), defaultdict(list)
    for index in (ddl.of_index(index) for index in schema.indexes if index.valid):
        existing[index.table].append(index)
    found: dict[Candidate, set[str]] = {}
    for fingerprint, text in texts.items():
        if enough(len(found)):
            break
        for wide in made.of(text, names):
            candidate = wide.model_copy(update={"keys": wide.keys[:width]})
            if not any(index.serves(candidate) for index in existing[candidate.table]):
                found.setdefault(candidate, set()).add(fingerprint)
    return {candidate: frozenset(origins) for candidate, origins in found.items()}


class _Maker:
    """Makes candidates for statements; for those that do the same with a table once."""

    def __init__(self, statistics: Statistics, *, trigrams: bool, literals: bool, rare: Rare) -> None:
        self._statistics = statistics
        self._trigrams = trigrams
        self._literals = literals
        self._rare = rare
        self._made: dict[Use, list[Candidate]] = {}

    def of(self, text: str, names: Names) -> list[Candidate]:
        """The candidates of one statement, each once."""
        try:
            used = uses(text, names)
        except sql.Unreadable:
            return []
        found: dict[Candidate, None] = {}
        for use in used:
            same = use.model_copy(update={"alias": ""})
            if same not in self._made:
                self._made[same] = self._for(same)
            found |= dict.fromkeys(self._made[same])
        return list(found)

    def _for(self, use: Use) -> list[Candidate]:
        table = self._statistics.get(use.table)
        if table is None or table.rows <= 0:
            return []
        tried = (
            *_btrees(use, table, _always(use, self._literals, self._rare)),
            *_prefixes(use, table),
            *_gins(use, table, self._trigrams),
            *_gists(use, table),
            *_brins(use, table),
        )
        return [c.model_copy(update={"partitioned": table.partitioned}) for c in tried]


def _always(use: Use, literals: bool, rare: Rare) -> list[Condition]:
    """The conditions that every call of the statement has."""

    def is_always(condition: Condition) -> bool:
        match condition.operator:
            case "like" | "ilike":
                return False
            case "=" if literals:
                return True
            case "=" | "in" | "<>":
                return rare(use.table, condition)
        return True

    return [c for c in use.conditions if c.text and is_always(c)]


def _btrees(use: Use, table: TableStatistics, always: list[Condition]) -> Iterator[Candidate]:
    predicate = " AND ".join(dict.fromkeys(c.text for c in always))
    for keys in _key_lists(use, table):
        yield _candidate(use, keys)
        if predicate:
            fixed = {c.expression for c in always}
            if rest := tuple(key for key in keys if key.expression not in fixed):
                yield _candidate(use, rest, predicate=predicate)
    yield from _covering(use, table, predicate)


def _key_lists(use: Use, table: TableStatistics) -> list[tuple[Key, ...]]:
    """Equality first, then what is sorted or bounded; each list once."""
    equal = _sorted(use.conditions, {"=", "in"}, table)
    exact = [c for c in equal if c.operator == "=" and c.other != "column"]
    joins = [c for c in equal if c.other == "column"]
    own = [c for c in equal if c.other != "column"]
    bounds = _sorted(use.conditions, RANGE, table)
    order = _directed(use.order)
    lists = [_keys(own), _keys(own, joins), _keys(joins, own)]
    lists += [_keys(own, [bound]) for bound in bounds[:2]]
    lists += [_keys(joins[:1], own, [bound]) for bound in bounds[:1] if joins]
    lists += [_keys([c]) for c in equal[:3]]
    # How many rows a LIKE parameter keeps is a guess: walking all in order looks cheap to the planner, and is not.
    guessed = any(c.operator in ("like", "ilike") for c in use.conditions)
    if order and (exact or use.limited and not guessed):
        lists.append(_extended(_keys(exact), order))
    if joins and order:
        lists.append(_extended(_keys(joins[:1], exact), order))
    if use.groups and use.groups == tuple(o.expression for o in use.order)[: len(use.groups)]:
        lists.append(_extended(_keys(exact), order))
    if use.groups and not use.order:
        lists.append(_extended(_keys(exact), tuple(_key(e, e in table.columns) for e in use.groups)))
    for arm in use.alternatives:
        lists.append(_keys(_sorted(arm, {"=", "in"}, table), _sorted(arm, RANGE, table)[:1]))
    suited = (keys[:MAX_KEYS] for keys in lists if keys)
    return list(dict.fromkeys(keys for keys in suited if all(_suited(key, table) for key in keys)))


def _covering(use: Use, table: TableStatistics, predicate: str) -> Iterator[Candidate]:
    """Lists of keys with the other columns that the statement needs, if they are few and narrow.

    The longest lists, and for each key that one may begin with, the longest: which join comes first, the planner knows.
    """
    if use.whole_row:
        return
    longest = sorted(_key_lists(use, table), key=len, reverse=True)
    beginning = {keys[0].expression: keys for keys in reversed(longest)}
    for keys in dict.fromkeys((*longest[:2], *beginning.values())):
        held = {key.expression for key in keys}
        rest = [name for name in use.columns if sql.identifier(name) not in held]
        width = sum(table.columns[name].width for name in rest if name in table.columns)
        if rest and len(rest) <= MAX_INCLUDED and width <= MAX_INCLUDED_BYTES and all(key.column for key in keys):
            include = tuple(sql.identifier(name) for name in rest)
            yield _candidate(use, keys, include=include)
            if predicate:
                yield _candidate(use, keys, include=include, predicate=predicate)


def _gins(use: Use, table: TableStatistics, trigrams: bool) -> Iterator[Candidate]:
    arms = (c for arm in use.alternatives for c in arm)
    for condition in (*use.conditions, *arms):
        column = table.columns.get(condition.columns[0])
        key = _key(condition.expression, condition.expression.strip('"') in table.columns)
        if condition.operator in ("like", "ilike") and condition.other != "column" and trigrams:
            key = key.model_copy(update={"opclass": "gin_trgm_ops"})
            yield Candidate(table=use.table, keys=(key,), method="gin", extension="pg_trgm")
        elif (
            condition.operator in GIN_OPERATORS and column and condition.other != "column" and not _spatial(column.type)
        ):
            paths = column.type == "jsonb" and condition.operator == "@>"
            key = key.model_copy(update={"opclass": "jsonb_path_ops" if paths else ""})
            yield Candidate(table=use.table, keys=(key,), method="gin")


def _prefixes(use: Use, table: TableStatistics) -> Iterator[Candidate]:
    """For LIKE with a beginning: ordered by characters, whatever language the column is sorted in."""
    for condition in use.conditions:
        if condition.operator == "like" and PREFIX.search(condition.text):
            key = _key(condition.expression, _is_column(condition))
            yield _candidate(use, (key.model_copy(update={"opclass": "text_pattern_ops"}),))


def _spatial(type_: str) -> bool:
    return type_ in SHAPES | ADDRESSES or type_.endswith(("range", "multirange"))


def _gists(use: Use, table: TableStatistics) -> Iterator[Candidate]:
    """For what overlaps, holds or is near: ranges, shapes and networks."""
    for condition in use.conditions:
        column = table.columns.get(condition.expression.strip('"'))
        if column and condition.operator in GIST_OPERATORS and _spatial(column.type) and condition.other != "column":
            opclass = "inet_ops" if column.type in ADDRESSES else ""
            key = _key(condition.expression, True).model_copy(update={"opclass": opclass})
            yield Candidate(table=use.table, keys=(key,), method="gist")


def _brins(use: Use, table: TableStatistics) -> Iterator[Candidate]:
    """For a column that grows with the rows: summaries of its pages take next to nothing."""
    for condition in use.conditions:
        column = table.columns.get(condition.expression.strip('"'))
        if condition.operator in RANGE and column and table.pages >= MANY_PAGES and abs(column.correlation) >= FOLLOWS:
            yield Candidate(table=use.table, keys=(_key(condition.expression, True),), method="brin")


def _candidate(use: Use, keys: tuple[Key, ...], *, include: tuple[str, ...] = (), predicate: str = "") -> Candidate:
    return Candidate(table=use.table, keys=keys, include=include, predicate=predicate)


def _sorted(conditions: Iterable[Condition], operators: set[str], table: TableStatistics) -> list[Condition]:
    """The conditions of these operators, one an expression, that with the most different values first."""
    chosen = {c.expression: c for c in conditions if c.operator in operators}
    return sorted(chosen.values(), key=lambda c: (-_distinct(c, table), c.expression))


def _distinct(condition: Condition, table: TableStatistics) -> float:
    return max((table.columns[name].distinct for name in condition.columns if name in table.columns), default=0.0)


def _keys(*groups: list[Condition]) -> tuple[Key, ...]:
    chosen = {c.expression: c for group in groups for c in group}
    return tuple(_key(c.expression, _is_column(c)) for c in chosen.values())


def _is_column(condition: Condition) -> bool:
    return len(condition.columns) == 1 and condition.expression == sql.identifier(condition.columns[0])


def _key(expression: str, column: bool) -> Key:
    return Key(expression=expression, column=column)


def _directed(order: tuple[Order, ...]) -> tuple[Key, ...]:
    """The keys of ORDER BY; a wholly descending one is read backward from an ascending index."""
    backward = all(o.descending and o.nulls_first for o in order)
    return tuple(
        Key(
            expression=o.expression,
            column=len(o.columns) == 1 and o.expression == sql.identifier(o.columns[0]),
            descending=o.descending and not backward,
            nulls_first=o.nulls_first and not backward,
        )
        for o in order
    )


def _extended(first: tuple[Key, ...], then: tuple[Key, ...]) -> tuple[Key, ...]:
    held = {key.expression for key in first}
    return first + tuple(key for key in then if key.expression not in held)


def _suited(key: Key, table: TableStatistics) -> bool:
    column = table.columns.get(key.expression.strip('"'))
    return column is None or column.type not in UNSUITED
