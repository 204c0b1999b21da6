"""Follows statements: what is known of a schema after each of them."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.migrations.linting import columns, estimating, reading, trees
from dbengineer.tools.migrations.linting.known import Column, Domain, Index, Known, Table
from dbengineer.tools.migrations.linting.reading import Statement


def build(setup: str | None, *, version: int = 18) -> Known:
    """What the SQL of a schema makes; nothing is known without one. Raises Unreadable."""
    known = Known(complete=setup is not None, version=version)
    for statement in reading.read(setup or ""):
        apply(known, statement)
    known.migrating = True
    return known


def apply(known: Known, statement: Statement) -> None:
    """Brings what is known up to date with a statement."""
    how = HOW.get(statement.kind)
    if how:
        how(known, statement)


def _create_table(known: Known, statement: Statement) -> None:
    tree = statement.tree
    name = trees.key(tree.relation)
    if name in known.tables:
        return  # IF NOT EXISTS, or it fails
    table = known.tables[name] = Table(name, new=known.migrating, partitioned=tree.HasField("partspec"))
    parents = [trees.key(node.range_var) for node in tree.inh_relations]
    for parent in parents:
        if parent in known.tables:
            table.columns |= {n: columns.copy(c) for n, c in known.tables[parent].columns.items()}
    if tree.HasField("partbound") and parents:
        table.parent, table.is_default = parents[0], tree.partbound.is_default
    for element in tree.table_elts:
        kind = element.WhichOneof("node")
        if kind == "column_def":
            columns.add(known, table, element.column_def, created=True)
        elif kind == "constraint":
            columns.constrain(known, table, element.constraint)
        elif kind == "table_like_clause":
            source = known.tables.get(trees.key(element.table_like_clause.relation))
            table.columns |= {n: columns.copy(c) for n, c in source.columns.items()} if source else {}


def _create_as(known: Known, statement: Statement) -> None:
    from postgast import pg_query_pb2 as grammar

    tree = statement.tree
    name = trees.key(tree.into.rel)
    view = tree.objtype == grammar.ObjectType.OBJECT_MATVIEW
    rows = 0 if tree.into.skip_data else estimating.rows(known, tree.query.select_stmt)
    reads = frozenset(trees.relations(tree.query)) if view else frozenset()
    known.tables.setdefault(name, Table(name, rows=rows, kind="materialized" if view else "table", new=known.migrating))
    known.tables[name].reads = reads
    known.tables[name].reads_columns = frozenset(trees.columns(tree.query))


def _create_view(known: Known, statement: Statement) -> None:
    tree = statement.tree
    name = trees.key(tree.view)
    known.tables[name] = Table(
        name,
        {column: Column(column) for column in trees.outputs(tree.query.select_stmt)},
        kind="view",
        new=known.migrating and name not in known.tables,
        reads=frozenset(trees.relations(tree.query)),
        reads_columns=frozenset(trees.columns(tree.query)),
    )


def _create_index(known: Known, statement: Statement) -> None:
    tree = statement.tree
    table = trees.key(tree.relation)
    elements = [node.index_elem for node in tree.index_params]
    keys = tuple(e.name for e in elements)
    uses = {e.name for e in elements if e.name} | trees.columns(tree)
    plain = all(keys) and not tree.HasField("where_clause")
    name = tree.idxname or f"{tree.relation.relname}_{'_'.join(k or 'expr' for k in keys)}_idx"
    known.indexes.setdefault(name, Index(name, table, keys, frozenset(uses), plain, tree.unique, new=known.migrating))


def _alter_table(known: Known, statement: Statement) -> None:
    name = trees.key(statement.tree.relation)
    if name not in known.tables and not known.complete and trees.commands(statement):
        known.tables[name] = Table(name, rows=None, partial=True)
    table = known.tables.get(name)
    if table is not None:
        for command in trees.commands(statement):
            columns.alter(known, table, command)


def _insert(known: Known, statement: Statement) -> None:
    table = known.tables.get(trees.key(statement.tree.relation))
    if table is None or table.rows is None:
        return
    more = estimating.rows(known, statement.tree.select_stmt.select_stmt)
    for each in (table, *known.partitions(table.name)):
        each.rows = None if more is None or each.rows is None else each.rows + more


def _update(known: Known, statement: Statement) -> None:
    table = known.tables.get(trees.key(statement.tree.relation))
    if table is not None:
        for target in statement.tree.target_list:
            if target.res_target.name in table.columns:
                table.columns[target.res_target.name].filled = True


def _copy(known: Known, statement: Statement) -> None:
    table = known.tables.get(trees.key(statement.tree.relation))
    if table is not None and statement.tree.is_from:
        table.rows = None


def _empty(known: Known, statement: Statement) -> None:
    if statement.kind == "truncate_stmt":
        names = [trees.key(node.range_var) for node in statement.tree.relations]
    else:
        whole = trees.always_true(statement.tree.where_clause)
        names = [trees.key(statement.tree.relation)] if whole else []
    for name in names:
        if name in known.tables and not known.migrating:
            known.tables[name].rows = 0


def _drop(known: Known, statement: Statement) -> None:
    kind, objects = trees.dropped(statement)
    for parts in objects:
        name = trees.named(parts)
        if kind in ("TABLE", "VIEW", "MATVIEW", "FOREIGN_TABLE"):
            known.tables.pop(name, None)
            known.indexes = {n: i for n, i in known.indexes.items() if i.table != name}
        elif kind == "INDEX":
            known.indexes.pop(parts[-1], None)
        elif kind in ("TYPE", "DOMAIN"):
            known.enums.discard(name)
            known.domains.pop(name, None)


def _rename(known: Known, statement: Statement) -> None:
    tree, kind = statement.tree, trees.renamed(statement)
    old = trees.key(tree.relation) if tree.relation.relname else ""
    if kind in ("TABLE", "VIEW", "MATVIEW") and old in known.tables:
        table = known.tables.pop(old)
        table.name = tree.newname
        known.tables[tree.newname] = table
        for index in known.indexes_of(old):
            index.table = tree.newname
    elif kind == "COLUMN" and old in known.tables and tree.subname in known.tables[old].columns:
        every = known.tables[old].columns
        every[tree.newname] = every.pop(tree.subname)
        every[tree.newname].name = tree.newname
    elif kind == "INDEX" and old in known.indexes:
        known.indexes[tree.newname] = known.indexes.pop(old)


def _domain(known: Known, statement: Statement) -> None:
    tree = statement.tree
    constrained = any(trees.constraint_kind(c.constraint) in ("CHECK", "NOTNULL") for c in tree.constraints)
    known.domains[trees.named(trees.strings(tree.domainname))] = Domain(trees.typed(tree), constrained)


def _alter_domain(known: Known, statement: Statement) -> None:
    domain = known.domains.get(trees.named(trees.strings(statement.tree.type_name)))
    if domain and statement.tree.subtype in ("C", "O"):
        domain.constrained = True


def _function(known: Known, statement: Statement) -> None:
    name = trees.named(trees.strings(statement.tree.funcname))
    given = {node.def_elem.defname: node.def_elem.arg for node in statement.tree.options}
    known.functions[name] = given["volatility"].string.sval if "volatility" in given else "volatile"
    if "as" in given:
        known.bodies[name] = " ".join(trees.strings(given["as"].list.items))


def _policy(known: Known, statement: Statement) -> None:
    table = known.tables.get(trees.key(statement.tree.table))
    if table is not None:
        table.policies += 1


def _set(known: Known, statement: Statement) -> None:
    if statement.tree.name == "timezone":
        known.utc = any(arg.a_const.sval.sval.upper() in ("UTC", "ETC/UTC", "GMT") for arg in statement.tree.args)


def _do(known: Known, statement: Statement) -> None:
    """What a DO block makes is not followed: what is not known afterwards may be there all the same."""
    if not known.migrating:
        known.complete = False
        for table in known.tables.values():
            table.rows = None


def _named(collection: str, attribute: Any) -> Any:
    def note(known: Known, statement: Statement) -> None:
        getattr(known, collection).add(attribute(statement.tree))

    return note


HOW = {
    "create_stmt": _create_table,
    "create_table_as_stmt": _create_as,
    "view_stmt": _create_view,
    "index_stmt": _create_index,
    "alter_table_stmt": _alter_table,
    "insert_stmt": _insert,
    "update_stmt": _update,
    "copy_stmt": _copy,
    "delete_stmt": _empty,
    "truncate_stmt": _empty,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "create_domain_stmt": _domain,
    "alter_domain_stmt": _alter_domain,
    "create_function_stmt": _function,
    "create_policy_stmt": _policy,
    "variable_set_stmt": _set,
    "do_stmt": _do,
    "create_enum_stmt": _named("enums", lambda tree: trees.named(trees.strings(tree.type_name))),
    "create_extension_stmt": _named("extensions", lambda tree: tree.extname),
    "create_schema_stmt": _named("schemas", lambda tree: tree.schemaname),
    "create_seq_stmt": _named("sequences", lambda tree: trees.key(tree.sequence)),
}
