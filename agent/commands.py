"""The command grammar: what can be asked in a word or two, without a model; the same in every channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbengineer.agent.state import Call

Act = Literal["look", "review", "ask", "help"]
"""What a line wants: calls of tools, a whole review, a question answered, the commands listed."""


@dataclass(frozen=True)
class Command:
    """One command: its word, what follows it (`shown` to people, `takes` for the tool), what it does and its calls."""

    word: str
    takes: str
    does: str
    calls: tuple[Call, ...] = ()
    act: Act = "look"
    shown: str = ""

    @property
    def usage(self) -> str:
        """How it is written."""
        after = self.shown or (f"<{self.takes}>" if self.takes else "")
        return f"{self.word} {after}".rstrip()

    def with_rest(self, rest: str) -> list[Call]:
        """The calls, with what followed the word as the argument that the command takes."""
        if not self.takes:
            return list(self.calls)
        return [call.model_copy(update={"args": {**call.args, self.takes: rest}}) for call in self.calls]


@dataclass(frozen=True)
class Wish:
    """A line that was read: what it wants, and the words that are left for it."""

    act: Act
    text: str = ""
    calls: list[Call] = field(default_factory=list)


def _checks(deliverable: str, *tools: str) -> tuple[Call, ...]:
    return (Call(tool="run_checks", args={"deliverable": deliverable}), *(Call(tool=tool) for tool in tools))


LOCKS = ("blocked_sessions", "idle_in_transaction", "long_running_transaction", "prepared_transactions_old")


class Commands:
    """The table of commands."""

    def __init__(self) -> None:
        locks = tuple(Call(tool="run_checks", args={"check": name}) for name in LOCKS)
        rehearse = (Call(tool="rehearse"),)
        self.table = (
            Command("help", "", "what can be asked", act="help"),
            Command("review", "", "all eight deliverables, or those that are named", act="review", shown="[indexes …]"),
            Command("explain", "sql", "read the plan of a SELECT", (Call(tool="explain"),)),
            Command("plan", "sql", "the same, with a picture of the plan", (Call(tool="explain"),)),
            Command("query", "sql", "run a guarded SELECT", (Call(tool="query"),)),
            Command("check", "check", "run one check by name", (Call(tool="run_checks"),)),
            Command("slow", "", "the statements that take the most time", (Call(tool="workload"),)),
            Command("indexes", "", "missing, useless and broken indexes", _checks("indexes", "advise_indexes")),
            Command("queries", "", "what would make slow statements fast", _checks("queries", "tune_queries")),
            Command(
                "whatif",
                "change",
                "the plans with other settings or larger tables",
                (Call(tool="what_if"),),
                shown="<name=value>",
            ),
            Command("locks", "", "who waits for whom, and what holds locks for long", locks),
            Command("size", "", "the largest tables and indexes", (Call(tool="size"),)),
            Command("migrate", "up", "rehearse a change: locks, work, the way back", rehearse, shown="<wish>"),
            Command("schema", "", "the schema and its faults", _checks("schema", "schema")),
            Command("backup", "", "backup and restore", _checks("backup", "backup_plan")),
            Command("recovery", "", "the disaster recovery plan", _checks("recovery", "recovery_plan")),
            Command("monitoring", "", "dashboards, alerts, key metrics", _checks("monitoring", "monitoring")),
            Command("security", "", "encryption and access control", _checks("security", "security_audit")),
            Command("ask", "", "any question, with a model", act="ask", shown="<question>"),
        )

    def read(self, text: str) -> Wish:
        """What a line wants; one that is no command is a question, and so is a wish that is not SQL."""
        word, _, rest = text.strip().partition(" ")
        command = next((c for c in self.table if c.word == word.lower().rstrip(":")), None)
        rest = rest.strip()
        if command is None:
            return Wish("ask" if text.strip() else "help", text.strip())
        if command.act != "look":
            return Wish("help" if command.act == "ask" and not rest else command.act, rest)
        calls = self.calls(text)
        return Wish("look", text.strip(), calls) if calls else Wish("ask", text.strip())

    def calls(self, text: str) -> list[Call]:
        """The calls that a line stands for; none when it is not a command."""
        word, _, rest = text.strip().partition(" ")
        command = next((c for c in self.table if c.word == word.lower().rstrip(":")), None)
        fits = command and bool(rest.strip()) == bool(command.takes)
        if not command or not fits or (command.word == "migrate" and not _is_sql(rest)):
            return []
        return command.with_rest(rest.strip())

    def help(self) -> list[tuple[str, str]]:
        """Every command with what it does."""
        return [(c.usage, c.does) for c in self.table]

    def listed(self) -> str:
        """Every command on a line of its own."""
        return "\n".join(f"  {usage:18} {does}" for usage, does in self.help())


def _is_sql(text: str) -> bool:
    from postgast import PgQueryError, parse

    try:
        return bool(parse(text).stmts)
    except PgQueryError:
        return False
