"""What rules ask of a statement's tree: names, types, subcommands, conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dbengineer.tools.migrations.linting.reading import Statement


class Type(NamedTuple):
    """A type as it is written: its name, its modifiers such as (10, 2), whether it is an array, its collation."""

    name: str
    modifiers: tuple[int, ...] = ()
    array: bool = False
    collation: str = ""


class Command(NamedTuple):
    """A subcommand of ALTER TABLE: its kind as the grammar names it, the column or constraint, its definition."""

    kind: str
    name: str
    tree: Any

    @property
    def definition(self) -> Any:
        """The node in the subcommand's definition."""
        return getattr(self.tree, "def")


def key(relation: Any) -> str:
    """The name of a relation, with its schema where that is another than public."""
    return named((relation.schemaname, relation.relname))


def named(parts: tuple[str, ...] | list[str]) -> str:
    """A qualified name without the schema public."""
    return ".".join(p for p in parts if p not in ("", "public", "pg_catalog")) or parts[-1]


def strings(nodes: Any) -> list[str]:
    """The words of a list of names."""
    return [node.string.sval for node in nodes if node.WhichOneof("node") == "string"]


def commands(statement: Statement) -> list[Command]:
    """The subcommands of an ALTER TABLE; empty for all else."""
    from postgast import pg_query_pb2 as grammar

    if statement.kind != "alter_table_stmt" or statement.tree.objtype == grammar.ObjectType.OBJECT_INDEX:
        return []
    every = [node.alter_table_cmd for node in statement.tree.cmds]
    return [Command(grammar.AlterTableType.Name(c.subtype), c.name, c) for c in every]


def constraint_kind(constraint: Any) -> str:
    """The kind of a constraint in a word: CHECK, FOREIGN, UNIQUE, PRIMARY, NOTNULL, DEFAULT, …"""
    from postgast import pg_query_pb2 as grammar

    return str(grammar.ConstrType.Name(constraint.contype)).removeprefix("CONSTR_")


def dropped(statement: Statement) -> tuple[str, list[list[str]]]:
    """What a DROP removes: the kind of object in a word, and the names in parts; empty for all else."""
    from postgast import pg_query_pb2 as grammar

    if statement.kind != "drop_stmt":
        return "", []
    kind = grammar.ObjectType.Name(statement.tree.remove_type).removeprefix("OBJECT_")
    return kind, [_object(node) for node in statement.tree.objects]


def _object(node: Any) -> list[str]:
    kind = node.WhichOneof("node")
    if kind == "list":
        return strings(node.list.items)
    if kind == "type_name":
        return strings(node.type_name.names)
    if kind == "object_with_args":
        return strings(node.object_with_args.objname)
    return [node.string.sval]


def renamed(statement: Statement) -> str:
    """The kind of object that a RENAME is about in a word; empty for all else."""
    from postgast import pg_query_pb2 as grammar

    if statement.kind != "rename_stmt":
        return ""
    return str(grammar.ObjectType.Name(statement.tree.rename_type)).removeprefix("OBJECT_")


def typed(definition: Any) -> Type:
    """The type in a column's definition."""
    name = definition.type_name
    modifiers = tuple(m.a_const.ival.ival for m in name.typmods)
    collation = strings(definition.coll_clause.collname)
    return Type(named(strings(name.names)), modifiers, bool(len(name.array_bounds)), collation[-1] if collation else "")


def options(nodes: Any) -> dict[str, str]:
    """The options of a statement by name; one without a value is "true"."""
    return {n.def_elem.defname: _value(n.def_elem.arg) for n in nodes}


def _value(node: Any) -> str:
    kind = node.WhichOneof("node")
    if kind is None:
        return "true"
    value = {"string": node.string.sval, "integer": str(node.integer.ival), "boolean": str(node.boolean.boolval)}
    return str(value.get(kind, node.float.fval)).lower()


def on(options: dict[str, str], name: str) -> bool:
    """Whether an option is given and not switched off."""
    return options.get(name, "off") not in ("off", "false", "0")


def find(tree: Any, kind: str) -> Iterator[Any]:
    """All nodes of a kind in a tree, such as FuncCall."""
    import postgast

    yield from postgast.find_nodes(tree, getattr(postgast.pg_query_pb2, kind))


def columns(expression: Any) -> set[str]:
    """The names of the columns in an expression."""
    return {strings(ref.fields)[-1] for ref in find(expression, "ColumnRef") if strings(ref.fields)}


def relations(tree: Any) -> list[str]:
    """The relations that a statement names, in the order of the text."""
    return list(dict.fromkeys(key(r) for r in find(tree, "RangeVar")))


def outputs(select: Any) -> list[str]:
    """The names of the columns that a SELECT gives; empty where a star or an expression leaves one open."""
    names = [t.res_target.name or (strings(t.res_target.val.column_ref.fields) or [""])[-1] for t in select.target_list]
    return names if all(names) else []


def not_null_columns(condition: Any) -> set[str]:
    """The columns of which a condition says that they are not null, on its own or joined by AND."""
    from postgast import pg_query_pb2 as grammar

    kind = condition.WhichOneof("node")
    if kind == "null_test" and condition.null_test.nulltesttype == grammar.NullTestType.IS_NOT_NULL:
        return set(strings(condition.null_test.arg.column_ref.fields)[-1:])
    if kind == "bool_expr" and condition.bool_expr.boolop == grammar.BoolExprType.AND_EXPR:
        return set().union(*(not_null_columns(arg) for arg in condition.bool_expr.args))
    return set()


def always_true(condition: Any) -> bool:
    """Whether a WHERE holds for every row, as `true` and `1 = 1` do, or is not there."""
    kind = condition.WhichOneof("node")
    if kind is None:
        return True
    if kind == "a_const":
        return bool(condition.a_const.boolval.boolval)
    if kind == "a_expr" and strings(condition.a_expr.name) == ["="]:
        left, right = condition.a_expr.lexpr, condition.a_expr.rexpr
        return _plain(left) is not None and _plain(left) == _plain(right)
    if kind == "bool_expr":
        from postgast import pg_query_pb2 as grammar

        each = [always_true(arg) for arg in condition.bool_expr.args]
        joined = {grammar.BoolExprType.AND_EXPR: all(each), grammar.BoolExprType.OR_EXPR: any(each)}
        return joined.get(condition.bool_expr.boolop, False)
    return False


def _plain(node: Any) -> str | None:
    """A constant or a column as text, for comparing; None for all else."""
    kind = node.WhichOneof("node")
    if kind == "a_const":
        constant = node.a_const
        return f"{constant.WhichOneof('val')} {constant.ival.ival} {constant.sval.sval} {constant.fval.fval}"
    return ".".join(strings(node.column_ref.fields)) if kind == "column_ref" else None


def written(statement: Statement) -> str:
    """The statement on one line, for messages."""
    return " ".join(statement.text.split())


def copied(statement: Statement) -> tuple[Any, Any]:
    """A fresh tree of the statement, to be changed: the whole, for `deparsed`, and the statement's own node."""
    import postgast

    whole = postgast.parse(statement.text)
    return whole, getattr(whole.stmts[0].stmt, statement.kind)


def deparsed(whole: Any) -> str:
    """A changed tree as SQL."""
    import postgast

    return str(postgast.deparse(whole))
