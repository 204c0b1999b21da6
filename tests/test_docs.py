"""What the documents say is so: commands, settings, folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbengineer.agent.channels.cli import app
from dbengineer.agent.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    "command", [c.name or (c.callback.__name__ if c.callback else "") for c in app.registered_commands]
)
def test_the_readme_names_every_command(command: str) -> None:
    assert re.search(rf"`{command}\b", README)


def test_the_settings_that_the_readme_names_exist() -> None:
    named = {name.removeprefix(PREFIX).lower() for name in re.findall(rf"{PREFIX}[A-Z_]+", README)}
    assert named <= set(Settings.model_fields)


def test_the_make_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{target}:" in makefile for target in re.findall(r"^make (\w+)", README, re.MULTILINE))


def test_the_folders_of_the_map_exist() -> None:
    folders = re.findall(r"^\| `([a-z/]+/)[*<]", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders)
