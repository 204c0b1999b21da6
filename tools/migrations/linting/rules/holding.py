"""Locks that are held longer than they need to be, because of what else the transaction does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import locking, trees
from dbengineer.tools.migrations.linting.reading import Statement
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

VALIDATE = Rule(
    name="validate-in-same-tx",
    catches="a constraint added NOT VALID and validated in the same transaction",
    why="the strong lock of adding it is held while every row is checked, which NOT VALID was to avoid",
    works=True,
)
TOGETHER = Rule(
    name="validate-under-access-exclusive",
    catches="VALIDATE CONSTRAINT in one ALTER TABLE with a subcommand that locks more",
    why="every row is checked under the lock of the other subcommand: nobody can read or write the table",
    works=True,
)
SLOW = Rule(
    name="statement-under-access-exclusive",
    catches="slow work in a transaction that holds a strong lock already",
    why="the lock is held until the transaction ends, so whoever needs the table waits for this work too",
    works=True,
)
WIDE = Rule(
    name="wide-lock-window",
    catches="strong locks on several tables in one transaction",
    why="each is held until the last is had: the transaction waits for all their users at once, and can deadlock",
    shown_by="text",
)
RULES = (VALIDATE, TOGETHER, SLOW, WIDE)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at a statement in the light of the locks that its transaction holds."""
    validated = [c.name for c in trees.commands(scene.statement) if c.kind == "AT_ValidateConstraint"]
    if validated and scene.known.large(trees.key(scene.statement.tree.relation)):
        yield from _validated(scene, validated)
    elif scene.in_transaction and scene.held and slow(scene):
        yield SLOW.found(f"{', '.join(sorted(scene.held))} stays locked", _apart(scene))
    if scene.in_transaction:
        yield from _wide(scene)


def _validated(scene: Scene, names: list[str]) -> Iterator[Found]:
    table = trees.key(scene.statement.tree.relation)
    others = [c for c in trees.commands(scene.statement) if c.kind not in locking.LIGHT]
    added = [c for s in scene.earlier for c in _added(s, table) if c in names]
    if others:
        alone = "\n".join(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};" for name in names)
        yield TOGETHER.found(", ".join(names), f"-- in a statement and a transaction of its own:\n{alone}")
    elif added:
        yield VALIDATE.found(", ".join(added), _apart(scene))
    elif scene.in_transaction and scene.held:
        yield SLOW.found(f"{', '.join(sorted(scene.held))} stays locked", _apart(scene))


def _added(statement: Statement, table: str) -> list[str]:
    if statement.kind != "alter_table_stmt" or trees.key(statement.tree.relation) != table:
        return []
    every = trees.commands(statement)
    return [c.definition.constraint.conname for c in every if c.kind == "AT_AddConstraint"]


def slow(scene: Scene) -> bool:
    """Whether a statement goes through a large table on its own account, or waits."""
    statement, tree = scene.statement, scene.statement.tree
    large = [name for name in trees.relations(tree) if scene.known.large(name)] if tree is not None else []
    if any(trees.strings(call.funcname)[-1] == "pg_sleep" for call in trees.find(tree, "FuncCall")):
        return True
    if statement.kind in ("update_stmt", "delete_stmt"):
        return bool(large) and trees.always_true(tree.where_clause)
    if statement.kind in ("insert_stmt", "create_table_as_stmt", "select_stmt"):
        return any(_everything(scene, select, large) for select in trees.find(tree, "SelectStmt"))
    return False


def _everything(scene: Scene, select: Any, large: list[str]) -> bool:
    """Whether a SELECT reads a large table without a condition or a limit."""
    named = [name for node in select.from_clause for name in trees.relations(node)]
    bounded = select.HasField("where_clause") or select.HasField("limit_count")
    return not bounded and any(name in large for name in named)


def _wide(scene: Scene) -> Iterator[Found]:
    """Told once, at the statement that locks a table that has nothing to do with those locked before."""
    groups = [frozenset(t for t in g if scene.known.large(t)) for g in locking.locks(scene.known, scene.statement)]
    groups = [g for g in groups if g]
    for number, group in enumerate(groups):
        before = [g for g in (*scene.locked, *groups[:number]) if g]
        if before and all(group.isdisjoint(g) for g in before):
            held = sorted(frozenset().union(*before))
            yield WIDE.found(f"{', '.join(sorted(group))} beside {', '.join(held)}", _apart(scene))
            return


def _apart(scene: Scene) -> str:
    return f"COMMIT;\n-- in the next transaction:\nSET lock_timeout = '2s';\n{scene.statement.text};"
