"""The tools that a model, or the playbook without one, may call: a file each."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, Protocol, cast

from pydantic import ValidationError

from dbengineer.tools import folder
from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.workbench import Workbench

Effect = Literal["read", "scratch", "draft"]
OF_THE_ROUTE = frozenset({"draft_migrations"})


class ToolError(Exception):
    """A call that cannot be made: it says what was wrong and what would be right."""


class Tool(Protocol):
    """What a file of this folder offers: `effect` says the worst it does, and nothing writes to the target."""

    __doc__: str | None
    effect: Effect
    Args: type[Fact]

    def run(self, bench: Workbench, args: Any) -> Result:
        """Does it and gives back what came out."""


@cache
def tools() -> dict[str, Tool]:
    """Every tool by name."""
    return {name: cast(Tool, module) for name, module in folder.modules(__name__).items()}


def for_models() -> dict[str, Tool]:
    """The tools that a model may call; what hands accepted changes over is for the route alone."""
    return {name: tool for name, tool in tools().items() if name not in OF_THE_ROUTE}


def description(name: str) -> str:
    """The first paragraph of a tool's documentation, on one line."""
    return " ".join((tools()[name].__doc__ or "").strip().partition("\n\n")[0].split())


def call(bench: Workbench, name: str, args: dict[str, Any]) -> Result:
    """Calls a tool by name; raises ToolError for a name or arguments that no tool has."""
    if name not in tools():
        raise ToolError(f"there is no tool {name!r}; there are {', '.join(tools())}")
    tool = tools()[name]
    try:
        arguments = tool.Args.model_validate(args)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        fields = ", ".join(tool.Args.model_fields) or "no arguments"
        raise ToolError(f"{name} was called with the wrong arguments ({wrong}); it takes {fields}") from None
    return tool.run(bench, arguments)
