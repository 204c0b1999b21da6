"""The beginning of every prompt: the role and its rules; what is always the same is first, so that it can be cached."""

from __future__ import annotations

from collections.abc import Sequence

from dbengineer import prompts
from dbengineer.agent.choices import Choice


def system(boundary: str, offered: Sequence[Choice] = ()) -> str:
    """The role, what may be chosen, and last the name of this prompt's fences."""
    parts = [prompts.fill("role")]
    if offered:
        looking = [(c.name, c.does) for c in offered if c.effect == "read"]
        making = [(c.name, c.does) for c in offered if c.effect != "read"]
        parts.append(prompts.fill("tools", looking=looking, making=making))
    return "\n".join([*parts, prompts.fill("fences", boundary=boundary)])
