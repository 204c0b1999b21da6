"""The rules, a file for each or for a few of a kind; `rules()` finds them.

A file has RULES (what it can find) and `look(scene)`, which yields what it finds in the scene's statement.
"""

from __future__ import annotations

from types import ModuleType

from dbengineer.tools import folder
from dbengineer.tools.migrations.linting.rule import Rule


def modules() -> list[ModuleType]:
    """The files of the rules, in order of their names."""
    return list(folder.modules(__name__).values())


def rules() -> dict[str, Rule]:
    """Every rule by name."""
    return {rule.name: rule for module in modules() for rule in module.RULES}
