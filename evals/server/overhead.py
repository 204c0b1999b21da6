"""What the agent itself takes of a chat turn, beside the model and the database.

A turn is timed from the request to its event `done`. From that is taken what the stand-in of a model needed for its
three answers, by its own clock from the last byte of the question to the first byte of the answer, and what the step of
the tool took (`ms` of the event `evidence`). All the rest is counted as the agent's: HTTP, the connection to the
database and the look at its role, the route, the prompts, the client of the model, what is kept and logged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from dbengineer.evals.figure import Figure
from dbengineer.evals.server.scripted import SlowModel
from dbengineer.evals.server.site import Event, Site, scripted, share

TURNS = 60
DELAY = 0.05
"""Seconds that the model takes for each answer."""
TARGETS = ((0.5, 50.0), (0.95, 150.0))
"""Parts of the turns, and the milliseconds that they may take."""
QUESTION = "which tables are the largest?"


class Turn(NamedTuple):
    """Where the milliseconds of a turn went."""

    whole: float
    model: float
    tools: float
    processor: float
    """What the server's processes used of a processor, the tool's part with it."""

    @property
    def agent(self) -> float:
        """What is left for the agent."""
        return self.whole - self.model - self.tools


def figures(url: str, turns: int = TURNS) -> Iterator[Figure]:
    """The agent's share of as many turns, one after another; the first one, which imports and connects, counts too."""
    with scripted(url, DELAY) as (site, model):
        every = [turn(site, model) for _ in range(turns)]
    agent, load = [each.agent for each in every], os.getloadavg()[0]
    for part, target in TARGETS:
        took = share(agent, part)
        yield Figure(
            name=f"the agent's own time of {turns} turns: p{part * 100:.0f}",
            target=f"≤ {target:.0f} ms",
            measured=f"{took:.0f} ms",
            met=took <= target,
            because=(
                f"the first {agent[0]:.0f} ms, the longest {max(agent):.0f} ms",
                f"{load:.1f} processes wanted a processor, of which there are {os.cpu_count()}, in the last minute",
            ),
        )
    whole, taken, tools, processor = (share([each[n] for each in every], 0.5) for n in range(4))
    yield Figure(
        name="the same turns, medians",
        target="–",
        measured=f"{whole:.0f} ms, model {taken:.0f}, tool {tools:.0f}; processor of the server {processor:.0f} ms",
        met=None,
    )


def turn(site: Site, model: SlowModel) -> Turn:
    """One turn in a conversation of its own; raises RuntimeError where it is not answered by the model."""
    before, worked = len(model.took), site.worked()
    events = list(site.chat(QUESTION))
    _answered_by_the_model(events, len(model.took) - before)
    return Turn(
        whole=events[-1].after * 1000,
        model=sum(model.took[before:]) * 1000,
        tools=sum(event.data["ms"] for event in events if event.kind == "evidence"),
        processor=(site.worked() - worked) * 1000,
    )


def _answered_by_the_model(events: list[Event], asked: int) -> None:
    kinds = [event.kind for event in events]
    if kinds[-1] != "done" or kinds.count("evidence") != 1 or asked != 3:
        raise RuntimeError(f"a turn is two decisions, one tool and an answer, not {asked} answers and {kinds}")
