"""One prompt a file; a field that is missing or unknown fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).parent


class PromptError(Exception):
    """A prompt that does not exist, or was given other fields than it names."""


def fill(name: str, **fields: Any) -> str:
    """The text of prompts/<name>.md with its fields filled in; raises PromptError."""
    from jinja2 import UndefinedError

    template, wanted = _template(name)
    if wanted != set(fields):
        raise PromptError(f"prompt {name} takes {sorted(wanted)}, not {sorted(fields)}")
    try:
        return template.render(**fields)
    except UndefinedError as error:
        raise PromptError(f"prompt {name}: {error}") from None


@cache
def _template(name: str) -> tuple[Template, frozenset[str]]:
    """A prompt, and the fields it names."""
    from jinja2 import Environment, StrictUndefined, meta

    path = FOLDER / f"{name}.md"
    if not path.is_file():
        raise PromptError(
            f"there is no prompt {name!r}; there are {', '.join(sorted(p.stem for p in FOLDER.glob('*.md')))}"
        )
    environment = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    source = path.read_text(encoding="utf-8")
    wanted = frozenset(meta.find_undeclared_variables(environment.parse(source)))
    return environment.from_string(source), wanted
