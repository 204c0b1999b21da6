"""The command grammar: what can be asked in a word or two, without a model; the same in every channel."""

from __future__ import annotations

from dataclasses import dataclass

from dbengineer.agent.state import Call


@dataclass(frozen=True)
class Command:
    """One command: its word, what follows it, what it does and the calls it makes."""

    word: str
    takes: str
    does: str
    calls: tuple[Call, ...]

    def with_rest(self, rest: str) -> list[Call]:
        """The calls, with what followed the word as the argument that the command takes."""
        if not self.takes:
            return list(self.calls)
        return [call.model_copy(update={"args": {**call.args, self.takes: rest}}) for call in self.calls]


def _checks(deliverable: str, *tools: str) -> tuple[Call, ...]:
    return (Call(tool="run_checks", args={"deliverable": deliverable}), *(Call(tool=tool) for tool in tools))


class Commands:
    """The table of commands."""

    def __init__(self) -> None:
        self.table = (
            Command("explain", "sql", "read the plan of a SELECT", (Call(tool="explain"),)),
            Command("query", "sql", "run a guarded SELECT", (Call(tool="query"),)),
            Command("check", "check", "run one check by name", (Call(tool="run_checks"),)),
            Command("slow", "", "the statements that take the most time", (Call(tool="workload"),)),
            Command("indexes", "", "missing, useless and broken indexes", _checks("indexes", "advise_indexes")),
            Command("queries", "", "what would make slow statements fast", _checks("queries", "tune_queries")),
            Command("schema", "", "the schema and its faults", _checks("schema", "schema")),
            Command("backup", "", "backup and restore", _checks("backup", "backup_plan")),
            Command("recovery", "", "the disaster recovery plan", _checks("recovery", "recovery_plan")),
            Command("monitoring", "", "dashboards, alerts, key metrics", _checks("monitoring", "monitoring")),
            Command("security", "", "encryption and access control", _checks("security", "security_audit")),
        )

    def calls(self, text: str) -> list[Call]:
        """The calls that a line stands for; none when it is not a command."""
        word, _, rest = text.strip().partition(" ")
        command = next((c for c in self.table if c.word == word.lower().rstrip(":")), None)
        return command.with_rest(rest.strip()) if command and bool(rest.strip()) == bool(command.takes) else []

    def help(self) -> list[tuple[str, str]]:
        """Every command with what it does."""
        return [(f"{c.word} <{c.takes}>" if c.takes else c.word, c.does) for c in self.table]
