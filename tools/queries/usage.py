"""What a statement does with the columns of its tables: compares, joins, sorts, groups, gives back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from dbengineer.tools.facts import Fact
from dbengineer.tools.queries import sql
from dbengineer.tools.schema.catalog import Schema, Table

Other = Literal["value", "column", "constant", "subquery", "none"]
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>", "@>": "<@", "<@": "@>", "&&": "&&"}
FIXED = {"=", "in", "<>", "like", "ilike"}
"""Operators whose comparison with a literal is kept as it is written: an index may have it as its condition."""


class Condition(Fact):
    """A condition on one expression of one table.

    `other` is what it is compared with: a parameter or what can be computed without the table ("value"), another
    table's
    column, a literal that is in the text ("constant"), a subquery, or nothing (IS NULL, a bare boolean column).
    """

    expression: str
    columns: tuple[str, ...]
    operator: str
    other: Other
    text: str = ""


class Order(Fact):
    """One key of ORDER BY; `descending` and `nulls_first` as written or implied."""

    expression: str
    columns: tuple[str, ...]
    descending: bool = False
    nulls_first: bool = False


class Use(Fact):
    """How one table is used in one place of a statement."""

    table: str
    alias: str
    conditions: tuple[Condition, ...] = ()
    alternatives: tuple[tuple[Condition, ...], ...] = ()
    order: tuple[Order, ...] = ()
    limited: bool = False
    groups: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    whole_row: bool = False


class Draw(Fact):
    """Where values for a parameter are found: an expression of a table, and how it is compared."""

    parameter: int
    table: str
    expression: str
    operator: str


class Names:
    """Finds the tables of a schema by the names that statements use."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._tables = [t for t in schema.tables if t.kind in ("table", "partitioned")]
        self._tables += [v for v in schema.views if v.kind == "materialized"]

    def table(self, schema_name: str, name: str) -> Table | None:
        """The table of a name; without a schema the one in public, or the only one of that name."""
        found = [t for t in self._tables if t.name == name and schema_name in ("", t.schema_name)]
        if len(found) == 1:
            return found[0]
        return next((t for t in found if t.schema_name == "public"), None)

    def qualified(self, name: str) -> Table | None:
        """The table or materialized view of a qualified name."""
        return next((t for t in self._tables if t.qualified == name), None)


class Scope:
    """The tables that a SELECT, UPDATE or DELETE names, inside of those around it."""

    def __init__(self, sources: dict[str, Table | None], around: Scope | None) -> None:
        self.sources = sources
        self.around = around

    def find(self, fields: list[str]) -> tuple[str, str] | None:
        """The alias and column that a reference means in this scope; None for an outer one or an unknown one."""
        column = fields[-1]
        if len(fields) > 1:
            table = self.sources.get(fields[-2])
            return (fields[-2], column) if table and table.column(column) else None
        found = [alias for alias, table in self.sources.items() if table and table.column(column)]
        return (found[0], column) if len(found) == 1 else None


def uses(text: str, names: Names) -> tuple[Use, ...]:
    """Every table of a statement with what is done with it; raises sql.Unreadable."""
    found: list[Use] = []
    _read(sql.unwrapped(sql.parse(text)), names, None, frozenset(), found)
    return tuple(found)


def draws(text: str, names: Names) -> dict[int, Draw]:
    """For each parameter that is compared with a column, or written into one, where values for it are found."""
    found: dict[int, Draw] = {}
    for scope, message in _scopes(sql.unwrapped(sql.parse(text)), names, None, frozenset()):
        for draw in (*_compared(scope, message), *_written(scope, message)):
            found.setdefault(draw.parameter, draw)
    return found


def qualified(text: str, names: Names) -> str:
    """The statement with the schema of each table that it names without; raises sql.Unreadable.

    The target finds the system's own names only, whatever search path the application has.
    """
    import postgast

    result = postgast.parse(sql.runnable(text))
    for relation in sql.range_vars(result.stmts[0].stmt):
        table = None if relation.schemaname else names.table("", relation.relname)
        if table is not None:
            relation.schemaname = table.schema_name
    return str(postgast.deparse(result))


def references(message: Any) -> Iterator[list[str]]:
    """The column references below a message as lists of names."""
    for reference in sql.descendants(message, "column_ref"):
        if fields := _fields(reference):
            yield fields


def _fields(reference: Any) -> list[str]:
    """The names of a column reference; none for `*`."""
    if any(f.WhichOneof("node") != "string" for f in reference.fields):
        return []
    return [f.string.sval for f in reference.fields]


def _scopes(message: Any, names: Names, around: Scope | None, ctes: frozenset[str]) -> Iterator[tuple[Scope, Any]]:
    """Each SELECT, UPDATE, DELETE or INSERT with its scope, the outer ones first."""
    ctes |= {cte.common_table_expr.ctename for cte in getattr(getattr(message, "with_clause", None), "ctes", [])}
    scope = Scope(_sources(message, names, ctes), around)
    yield scope, message
    for inner in _inner(message):
        yield from _scopes(inner, names, scope, ctes)


def _inner(message: Any) -> Iterator[Any]:
    """The statements directly inside of one: arms of a UNION, subqueries, CTEs."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for item in value if hasattr(value, "add") else (value,):
            if item.DESCRIPTOR.name in sql.STATEMENTS:
                yield item
            else:
                yield from _inner(item)


def _sources(message: Any, names: Names, ctes: frozenset[str]) -> dict[str, Table | None]:
    roots = [n for field in ("from_clause", "using_clause") for n in getattr(message, field, [])]
    tables = [t for root in roots for t in _from(root)]
    if hasattr(message, "relation"):
        tables.append(message.relation)
    found: dict[str, Table | None] = {}
    for table in tables:
        alias = table.alias.aliasname if table.HasField("alias") else getattr(table, "relname", "")
        real = hasattr(table, "relname") and not (table.relname in ctes and not table.schemaname)
        found[alias] = names.table(table.schemaname, table.relname) if real else None
    return found


def _from(node: Any) -> Iterator[Any]:
    item = sql.unwrapped(node)
    if item.DESCRIPTOR.name == "JoinExpr":
        yield from _from(item.larg)
        yield from _from(item.rarg)
    else:
        yield item


def _read(message: Any, names: Names, around: Scope | None, ctes: frozenset[str], found: list[Use]) -> None:
    for scope, inner in _scopes(message, names, around, ctes):
        if inner.DESCRIPTOR.name != "InsertStmt":
            found += _uses(scope, inner)


def _uses(scope: Scope, message: Any) -> Iterator[Use]:
    conjuncts = list(_conjuncts(message))
    conditions = [c for node in conjuncts for c in _conditions(scope, node)]
    either = [c for node in conjuncts for c in _alternatives(scope, node)]
    extreme, wanted = _extreme(scope, message), _columns(scope, message)
    order = _order(scope, message) or extreme
    conditions += _distances(scope, message)
    for alias, table in scope.sources.items():
        if table is None:
            continue
        sorts = tuple(o for a, o in order if a == alias) if order and all(a == alias for a, _ in order) else ()
        yield Use(
            table=table.qualified,
            alias=alias,
            conditions=tuple(c for a, c in conditions if a == alias),
            alternatives=tuple(group for a, group in either if a == alias),
            order=sorts,
            limited=bool(extreme) or (hasattr(message, "limit_count") and message.HasField("limit_count")),
            groups=_groups(scope, message, alias),
            columns=tuple(sorted({column for a, column in wanted if a == alias})),
            whole_row=_whole_row(message, alias),
        )


def _conjuncts(message: Any) -> Iterator[Any]:
    """The conditions that rows have to meet all: WHERE and the joins' ON."""
    if hasattr(message, "where_clause") and message.HasField("where_clause"):
        yield from _flat(message.where_clause)
    for field in ("from_clause", "using_clause"):
        for node in getattr(message, field, []):
            yield from _joined(node)


def _joined(node: Any) -> Iterator[Any]:
    item = sql.unwrapped(node)
    if item.DESCRIPTOR.name == "JoinExpr":
        if item.HasField("quals"):
            yield from _flat(item.quals)
        yield from _joined(item.larg)
        yield from _joined(item.rarg)


def _flat(node: Any) -> Iterator[Any]:
    item = sql.unwrapped(node)
    if item.DESCRIPTOR.name == "BoolExpr" and item.boolop == 1:
        for part in item.args:
            yield from _flat(part)
    else:
        yield node


def _conditions(scope: Scope, node: Any) -> Iterator[tuple[str, Condition]]:
    item = sql.unwrapped(node)
    match item.DESCRIPTOR.name:
        case "A_Expr":
            yield from _comparison(scope, item, node)
        case "NullTest":
            operator = "is null" if item.nulltesttype == 1 else "is not null"
            yield from _bare(scope, item.arg, operator, node)
        case "ColumnRef":
            yield from _bare(scope, node, "is true", node)
        case "BoolExpr" if item.boolop == 3:
            if item.args[0].WhichOneof("node") == "column_ref":
                yield from _bare(scope, item.args[0], "is false", node)
        case "BooleanTest":
            operator = {1: "is true", 3: "is false"}.get(item.booltesttype, "is something")
            yield from _bare(scope, item.arg, operator, node)
        case "SubLink" if item.sub_link_type == 3 and item.HasField("testexpr"):
            yield from _side(scope, item.testexpr, "in", "subquery")


def _alternatives(scope: Scope, node: Any) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    """The arms of an OR; each arm is a group of conditions on one table."""
    item = sql.unwrapped(node)
    if item.DESCRIPTOR.name != "BoolExpr" or item.boolop != 2:
        return
    for arm in item.args:
        arms = [c for part in _flat(arm) for c in _conditions(scope, part)]
        for alias in dict.fromkeys(a for a, _ in arms):
            yield alias, tuple(c for a, c in arms if a == alias)


def _bare(scope: Scope, arg: Any, operator: str, whole: Any) -> Iterator[tuple[str, Condition]]:
    for alias, condition in _side(scope, arg, operator, "none"):
        yield alias, condition.model_copy(update={"text": _unqualified(whole)})


def _comparison(scope: Scope, item: Any, whole: Any) -> Iterator[tuple[str, Condition]]:
    operator = _operator(item)
    if operator in FIXED and _other(scope, item.rexpr) == "constant":
        for alias, condition in _side(scope, item.lexpr, operator, "constant"):
            yield alias, condition.model_copy(update={"text": _unqualified(whole)})
        return
    if item.lexpr.WhichOneof("node") == "row_expr" and operator in FLIPPED:
        # Rows are compared by what comes first in them.
        yield from _side(scope, item.lexpr.row_expr.args[0], operator, _other(scope, item.rexpr))
        return
    if operator == "between":
        for bound in (">=", "<="):
            yield from _side(scope, item.lexpr, bound, _other(scope, item.rexpr))
        return
    yield from _side(scope, item.lexpr, operator, _other(scope, item.rexpr))
    if operator in FLIPPED:
        yield from _side(scope, item.rexpr, FLIPPED[operator], _other(scope, item.lexpr))


def _operator(item: Any) -> str:
    name = item.name[-1].string.sval if item.name else ""
    match item.kind:
        case 2:
            return "in" if name == "=" else f"{name} any"
        case 7:
            return "in" if name == "=" else "not in"
        case 11:
            return "between"
        case 1 | 8 | 9:
            return {"~~": "like", "~~*": "ilike"}.get(name, name)
    return f"other {name}"


def _side(scope: Scope, node: Any, operator: str, other: Other) -> Iterator[tuple[str, Condition]]:
    """A condition on this side, if it is an expression over columns of one table of this scope."""
    if not _simple(node):
        return
    found = [scope.find(fields) for fields in references(node)]
    if not found or any(f is None for f in found):
        return
    aliases = {f[0] for f in found if f}
    if len(aliases) == 1:
        columns = tuple(dict.fromkeys(f[1] for f in found if f))
        yield aliases.pop(), Condition(expression=_unqualified(node), columns=columns, operator=operator, other=other)


def _simple(node: Any) -> bool:
    """Whether an expression can be one of an index: no subquery, no aggregate, no parameter in it."""
    if node.WhichOneof("node") == "column_ref":
        return True
    inside = ("sub_link", "param_ref", "a_star", "row_expr")
    return not any(True for name in inside for _ in sql.descendants(node, name)) and node.WhichOneof("node") != "list"


def _other(scope: Scope, node: Any) -> Other:
    if any(scope.find(fields) for fields in references(node)):
        return "column"
    if any(True for _ in sql.descendants(node, "sub_link")):
        return "subquery"
    outer = any(True for _ in references(node))
    literal = not outer and not any(True for name in ("param_ref", "func_call") for _ in sql.descendants(node, name))
    return "constant" if literal else "value"


def _unqualified(node: Any) -> str:
    """The SQL of an expression with bare column names."""
    copy = type(node)()
    copy.CopyFrom(node)
    for reference in sql.descendants(copy, "column_ref"):
        last = reference.fields[-1].string.sval
        del reference.fields[:]
        reference.fields.add().string.sval = last
    return sql.expression(copy)


def _order(scope: Scope, message: Any) -> list[tuple[str, Order]]:
    """The keys of ORDER BY with the alias they belong to; none where one of them is not of one table."""
    keys = []
    for node in getattr(message, "sort_clause", []):
        found = list(_side(scope, _meant(message, node.sort_by.node), "order", "none"))
        if not found:
            return []
        alias, condition = found[0]
        descending = node.sort_by.sortby_dir == 3
        first = {2: True, 3: False}.get(node.sort_by.sortby_nulls, descending)
        keys.append(
            (
                alias,
                Order(
                    expression=condition.expression,
                    columns=condition.columns,
                    descending=descending,
                    nulls_first=first,
                ),
            )
        )
    return keys


def _extreme(scope: Scope, message: Any) -> list[tuple[str, Order]]:
    """The order in which a lone min or max is the first row: PostgreSQL looks it up like ORDER BY with LIMIT 1."""
    targets = [sql.unwrapped(t.res_target.val) for t in getattr(message, "target_list", [])]
    if len(targets) != 1 or targets[0].DESCRIPTOR.name != "FuncCall" or getattr(message, "group_clause", []):
        return []
    call = targets[0]
    name = call.funcname[-1].string.sval
    found = [s for arg in call.args for s in _side(scope, arg, "order", "none")] if name in ("min", "max") else []
    down = name == "max"
    return [
        (alias, Order(expression=c.expression, columns=c.columns, descending=down, nulls_first=down))
        for alias, c in found
    ]


def _distances(scope: Scope, message: Any) -> list[tuple[str, Condition]]:
    """What ORDER BY measures the distance of, to something that is not of the table."""
    sorts = [sql.unwrapped(node.sort_by.node) for node in getattr(message, "sort_clause", [])[:1]]
    near = [s for s in sorts if s.DESCRIPTOR.name == "A_Expr" and _operator(s) == "<->"]
    return [found for item in near for found in _side(scope, item.lexpr, "<->", _other(scope, item.rexpr))]


def _meant(message: Any, node: Any) -> Any:
    """The expression that ORDER BY 2 or ORDER BY an output name stands for."""
    targets = [t.res_target for t in message.target_list]
    kind = node.WhichOneof("node")
    if kind == "a_const" and node.a_const.HasField("ival") and 0 < node.a_const.ival.ival <= len(targets):
        return targets[node.a_const.ival.ival - 1].val
    if kind == "column_ref" and len(node.column_ref.fields) == 1:
        name = node.column_ref.fields[0].string.sval
        return next((t.val for t in targets if t.name == name), node)
    return node


def _groups(scope: Scope, message: Any, alias: str) -> tuple[str, ...]:
    nodes = [*getattr(message, "group_clause", []), *getattr(message, "distinct_clause", [])]
    # GROUPING SETS, ROLLUP and CUBE want several orders, which no index has at once.
    plain = [node for node in nodes if node.WhichOneof("node") not in (None, "grouping_set")]
    sides = [found for node in plain for found in _side(scope, node, "group", "none")]
    return tuple(c.expression for a, c in sides if a == alias)


def _columns(scope: Scope, message: Any) -> set[tuple[str, str]]:
    """The columns that are needed.

    Below, in the statements inside, only a qualified name can mean one of this scope.
    """
    here = [fields for r in sql.own(message, "column_ref") if (fields := _fields(r))]
    below = [fields for fields in references(message) if len(fields) > 1]
    return {found for fields in (*here, *below) if (found := scope.find(fields))}


def _whole_row(message: Any, alias: str) -> bool:
    """Whether `*` or `alias.*` is given back."""
    for field in ("target_list", "returning_list"):
        for target in getattr(message, field, []):
            value = target.res_target.val
            if value.WhichOneof("node") == "column_ref" and value.column_ref.fields[-1].WhichOneof("node") == "a_star":
                names = [f.string.sval for f in value.column_ref.fields[:-1]]
                if not names or names[-1] == alias:
                    return True
    return False


def _compared(scope: Scope, message: Any) -> Iterator[Draw]:
    for item in sql.own(message, "a_expr"):
        operator = _operator(item)
        if operator == "between":
            bounds = list(item.rexpr.list.items)
            pairs = list(zip((item.lexpr, item.lexpr), bounds, (">=", "<="), strict=False))
        else:
            pairs = [(item.lexpr, item.rexpr, operator), (item.rexpr, item.lexpr, FLIPPED.get(operator, operator))]
        for column, value, how in pairs:
            yield from _drawn(scope, column, value, "any" if item.kind == 2 else how)


def _drawn(scope: Scope, column: Any, value: Any, operator: str) -> Iterator[Draw]:
    for alias, condition in _side(scope, column, operator, "value"):
        table = scope.sources[alias]
        for number in _bare_parameters(value):
            if table is not None:
                yield Draw(parameter=number, table=table.qualified, expression=condition.expression, operator=operator)


def _bare_parameters(node: Any) -> Iterator[int]:
    """The parameters that stand for the value itself: alone, cast, in a list, or the only argument of a function."""
    kind = node.WhichOneof("node")
    if kind == "param_ref":
        yield node.param_ref.number
    elif kind == "type_cast":
        yield from _bare_parameters(node.type_cast.arg)
    elif kind == "list":
        for item in node.list.items:
            yield from _bare_parameters(item)
    elif kind == "func_call" and len(node.func_call.args) == 1:
        yield from _bare_parameters(node.func_call.args[0])


def _written(scope: Scope, message: Any) -> Iterator[Draw]:
    if message.DESCRIPTOR.name != "UpdateStmt":
        return
    table = next((t for alias, t in scope.sources.items() if t and t.name == message.relation.relname), None)
    for target in message.target_list:
        for number in _bare_parameters(target.res_target.val):
            if table is not None and table.column(target.res_target.name):
                name = sql.identifier(target.res_target.name)
                yield Draw(parameter=number, table=table.qualified, expression=name, operator="set")
