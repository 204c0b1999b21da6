"""Commands that write a whole table or view again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

VACUUM = Rule(
    name="vacuum-full-cluster",
    catches="VACUUM FULL and CLUSTER",
    why="the table is written again while nobody can read or write it",
    works=True,
)
LOGGED = Rule(
    name="set-logged-unlogged",
    catches="SET LOGGED, SET UNLOGGED, SET ACCESS METHOD, SET TABLESPACE",
    why="the table and its indexes are written again while nobody can read or write it; no way is online",
    works=True,
)
REFRESH = Rule(
    name="refresh-matview-blocking",
    catches="REFRESH MATERIALIZED VIEW without CONCURRENTLY, or WITH NO DATA",
    why="nobody can read the view meanwhile",
    shown_by="text",
    works=True,
)
RULES = (VACUUM, LOGGED, REFRESH)
WRITE_AGAIN = {"AT_SetLogged", "AT_SetUnLogged", "AT_SetAccessMethod", "AT_SetTableSpace"}


def look(scene: Scene) -> Iterator[Found]:
    """Looks at maintenance of a whole table."""
    statement = scene.statement
    if statement.kind == "vacuum_stmt" and trees.on(trees.options(statement.tree.options), "full"):
        names = [trees.key(node.vacuum_relation.relation) for node in statement.tree.rels]
        if not names or any(scene.known.large(n) for n in names):
            yield VACUUM.found(safe_form=_online(", ".join(names)))
    elif statement.kind == "cluster_stmt":
        name = trees.key(statement.tree.relation) if statement.tree.relation.relname else ""
        if not name or scene.known.large(name):
            yield VACUUM.found(safe_form=_online(name))
    elif statement.kind == "refresh_mat_view_stmt":
        yield from _refresh(scene)
    for command in trees.commands(statement):
        if command.kind in WRITE_AGAIN and scene.known.large(trees.key(statement.tree.relation)):
            yield LOGGED.found(safe_form=_window(scene))


def _online(names: str) -> str:
    return (
        f"VACUUM (ANALYZE) {names};\n"
        "-- where the space has to go back to the disk: pg_repack or pg_squeeze, which lock only at the end"
    )


def _window(scene: Scene) -> str:
    return (
        "-- a new table of the wanted kind, filled in batches and swapped by name; or in a window:\n"
        f"SET lock_timeout = '2s';\n{trees.written(scene.statement)};"
    )


def _refresh(scene: Scene) -> Iterator[Found]:
    tree = scene.statement.tree
    name = trees.key(tree.relation)
    view = scene.known.tables.get(name)
    small = view is not None and not scene.known.large(name) and not any(scene.known.large(r) for r in view.reads)
    if tree.concurrent or not scene.known.exists(name) or (small and not tree.skip_data):
        return

    def change(tree: Any) -> None:
        tree.concurrent, tree.skip_data = True, False

    unique = any(i.unique for i in scene.known.indexes_of(name))
    need = "" if unique else f"CREATE UNIQUE INDEX ON {writing.relation(tree.relation)} (…a key of the view…);\n"
    yield REFRESH.found(safe_form=f"{need}{writing.changed(scene.statement, change)}")
