"""What a model chooses from: the tools, and the checks of each deliverable apart; a small model tells names apart.

A model of 1.5 billion parameters takes the right one of many names with a line each, but not the right one of a tool's
arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from dbengineer.agent.state import Call
from dbengineer.tools import toolbox
from dbengineer.tools.facts import Fact
from dbengineer.tools.toolbox import Effect

CHECKS = {
    "schema": "columns of a wrong type (money as float, numbers as text), missing keys, constraints and tenants, "
    "whether partitions run out",
    "indexes": "indexes that nobody uses, that are there twice, broken, or missing on a foreign key",
    "queries": "habits that make statements slow",
    "backup": "whether data could be lost in a crash or power cut: settings, archive, backups",
    "monitoring": "what waits and who blocks whom, vacuum, cache hits, connections",
    "recovery": "why WAL files are kept: replication slots, standbys, archive",
    "security": "who can see or do what they should not: roles, privileges, tenants, passwords, encryption",
}
"""What the checks of each deliverable look for; those of migrations are part of the others' answers."""
NAMES = {
    "workload": "slow_statements",
    "size": "disk_space",
    "schema": "draw_schema",
    "advise_indexes": "missing_indexes",
}
"""What a tool is called for a model, where its own name leads a small one astray."""
NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


class Choice(Fact):
    """One thing to choose: its name for the model, what it does, the call it stands for, and the arguments it takes."""

    name: str
    does: str
    effect: Effect
    call: Call
    takes: dict[str, Any] = NOTHING

    def made(self, args: dict[str, Any]) -> Call:
        """The call, with the arguments that the model gave."""
        return Call(tool=self.call.tool, args={**args, **self.call.args})


def choices(allowed: Sequence[str]) -> list[Choice]:
    """What the tools of these names offer, what looks first."""
    tools = [_tool(name) for name in allowed]
    checks = [_checks(name) for name in CHECKS] if "run_checks" in allowed else []
    return [*sorted(tools, key=lambda choice: (choice.name not in NAMES.values(), choice.effect != "read")), *checks]


def call(offered: Sequence[Choice], name: str, args: dict[str, Any]) -> Call:
    """The call of a choice; one that was not offered stays what it is, so that the tools can say what there is."""
    found = next((choice for choice in offered if choice.name == name), None)
    return found.made(args) if found else Call(tool=name, args=args)


def schema(offered: Sequence[Choice]) -> dict[str, Any]:
    """The JSON schema of a decision: a thought and one call, of a choice with its arguments or "done"."""
    calls = [_call("done", NOTHING)]
    shared: dict[str, Any] = {}  # references are looked up at the root
    for choice in offered:
        shared |= choice.takes.get("$defs", {})
        calls.append(_call(choice.name, {key: value for key, value in choice.takes.items() if key != "$defs"}))
    return {
        "type": "object",
        "properties": {"thought": {"type": "string", "maxLength": 120}, "call": {"anyOf": calls}},
        "required": ["thought", "call"],
        "additionalProperties": False,
        "$defs": shared,
    }


def functions(offered: Sequence[Choice]) -> list[dict[str, Any]]:
    """The same in the protocol's own form; a model that calls none is done."""
    return [
        {"type": "function", "function": {"name": c.name, "description": c.does, "parameters": c.takes}}
        for c in offered
    ]


def _checks(deliverable: str) -> Choice:
    stands_for = Call(tool="run_checks", args={"deliverable": deliverable})
    return Choice(name=f"check_{deliverable}", does=CHECKS[deliverable], effect="read", call=stands_for)


@cache
def _tool(name: str) -> Choice:
    # A schema takes longer to make than many a tool to run, and it is needed for each decision.
    tool = toolbox.tools()[name]
    does, takes = toolbox.description(name), tool.Args.model_json_schema()
    return Choice(name=NAMES.get(name, name), does=does, effect=tool.effect, call=Call(tool=name), takes=takes)


def _call(name: str, takes: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"tool": {"const": name}, "args": takes},
        "required": ["tool", "args"],
        "additionalProperties": False,
    }
