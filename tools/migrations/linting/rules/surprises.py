"""Statements that are over at once and break something afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.reading import Statement
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

SECURITY = Rule(
    name="enable-rls-without-policy",
    catches="ENABLE ROW LEVEL SECURITY on a table without a policy",
    why="whoever is not the owner sees no row from then on",
    shown_by="text",
)
SEQUENCE = Rule(
    name="sequence-reset",
    catches="ALTER SEQUENCE … RESTART",
    why="numbers that are taken are given out again, and the next inserts fail",
)
RULES = (SECURITY, SEQUENCE)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at row security and sequences."""
    statement = scene.statement
    for command in trees.commands(statement):
        name = trees.key(statement.tree.relation)
        if command.kind == "AT_EnableRowSecurity" and scene.known.exists(name) and not _has_policy(scene, name):
            yield SECURITY.found(safe_form=_policy_first(scene))
    if statement.kind == "alter_seq_stmt" and "restart" in trees.options(statement.tree.options):
        name = trees.key(statement.tree.sequence)
        yield SEQUENCE.found(name, f"SELECT setval('{name}', (SELECT max(…) FROM …));")


def _has_policy(scene: Scene, name: str) -> bool:
    table = scene.known.tables.get(name)
    made = [s for s in (*scene.before, *_together(scene)) if s.kind == "create_policy_stmt"]
    return bool(table and table.policies) or any(trees.key(s.tree.table) == name for s in made)


def _together(scene: Scene) -> list[Statement]:
    return [s for s in scene.later if scene.in_transaction and s.block == scene.statement.block]


def _policy_first(scene: Scene) -> str:
    table = writing.table(scene.statement)
    return f"CREATE POLICY … ON {table} USING (…);\n{trees.written(scene.statement)};"
