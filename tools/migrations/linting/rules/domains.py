"""Domains that become stricter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

SCAN = Rule(
    name="domain-constraint-scan",
    catches="a domain that gets a CHECK or NOT NULL while tables use it",
    why="every table with such a column is read through while nobody can write it",
    works=True,
)
RULES = (SCAN,)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at ALTER DOMAIN … ADD CONSTRAINT and SET NOT NULL."""
    tree = scene.statement.tree
    if scene.statement.kind != "alter_domain_stmt" or tree.subtype not in ("C", "O"):
        return
    constraint = getattr(tree, "def").constraint
    if tree.subtype == "C" and (constraint.skip_validation or trees.constraint_kind(constraint) == "NULL"):
        return
    domain = trees.named(trees.strings(tree.type_name))
    using = [
        t for t in scene.known.tables.values() if any(c.type and c.type.name == domain for c in t.columns.values())
    ]
    if any(scene.known.large(t.name) for t in using) or not scene.known.complete:
        yield SCAN.found(", ".join(t.name for t in using), _later(scene, domain))


def _later(scene: Scene, domain: str) -> str:
    tree, name = scene.statement.tree, writing.name(*domain.split("."))
    constraint = getattr(tree, "def").constraint
    title = writing.name(constraint.conname or f"{domain.rsplit('.', 1)[-1]}_check")
    if tree.subtype == "O" or not constraint.HasField("raw_expr"):
        add = f"ALTER DOMAIN {name} ADD CONSTRAINT {title} CHECK (VALUE IS NOT NULL) NOT VALID;"
    else:

        def change(tree: Any) -> None:
            inner = getattr(tree, "def").constraint
            inner.skip_validation, inner.initially_valid = True, False
            inner.conname = constraint.conname or f"{domain.rsplit('.', 1)[-1]}_check"

        add = writing.changed(scene.statement, change)
    return f"{add}\n-- in a transaction of its own:\nALTER DOMAIN {name} VALIDATE CONSTRAINT {title};"
