"""Prompts are files; a field too few or too many fails."""

from __future__ import annotations

import pytest

from dbengineer import prompts


def test_a_prompt_is_filled_in() -> None:
    text = prompts.fill("answer", database="todo", boundary="data-1", earlier="", question="why?", seen="nothing")
    assert "todo" in text
    assert "why?" in text


@pytest.mark.parametrize(
    "fields", [{}, {"database": "d", "boundary": "b", "earlier": "", "question": "q", "seen": "s", "more": "m"}]
)
def test_other_fields_than_those_it_names_fail(fields: dict[str, str]) -> None:
    with pytest.raises(prompts.PromptError, match="takes"):
        prompts.fill("answer", **fields)


def test_an_unknown_prompt_names_those_there_are() -> None:
    with pytest.raises(prompts.PromptError, match="critic"):
        prompts.fill("poem")


def test_the_role_is_the_profile() -> None:
    role = prompts.fill("role")
    for words in ("ERD", "migration", "indexes", "100 ms", "backup", "dashboards", "disaster recovery", "security"):
        assert words in role
