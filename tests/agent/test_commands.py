"""The command grammar: a word or two, and what it calls."""

from __future__ import annotations

import pytest

from dbengineer.agent.commands import Commands
from dbengineer.agent.state import Call
from dbengineer.tools import toolbox


def test_a_command_takes_the_rest_of_the_line() -> None:
    assert Commands().calls("explain SELECT 1") == [Call(tool="explain", args={"sql": "SELECT 1"})]


@pytest.mark.parametrize("line", ["explain", "what is slow?", "", "indexes please"])
def test_what_is_not_a_command_calls_nothing(line: str) -> None:
    assert Commands().calls(line) == []


def test_every_command_calls_tools_that_exist() -> None:
    for command in Commands().table:
        for call in command.calls:
            assert call.tool in toolbox.tools()
        assert not command.takes or all(
            command.takes in toolbox.tools()[c.tool].Args.model_fields for c in command.calls
        )


def test_help_names_every_command() -> None:
    assert [usage.split()[0] for usage, _ in Commands().help()] == [c.word for c in Commands().table]
