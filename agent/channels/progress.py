"""What is being looked at and proven, while it happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dbengineer.agent import deliverables
from dbengineer.agent.state import State

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars


class Display:
    """Two bars, looked at and proven, with a line of what is going on under them.

    `stopped` is the number of the signal that asked for an end; the next word of progress then raises
    KeyboardInterrupt.
    """

    def __init__(self, bars: Bars) -> None:
        self.stopped = 0
        self.bars = bars
        self.doing = bars.add_task("preparing", total=None)
        self.looking = bars.add_task("looked at", total=1, visible=False)
        self.proving = bars.add_task("proven", total=1, visible=False)

    def say(self, text: str) -> None:
        """Names what is going on."""
        self._go_on()
        self.bars.update(self.doing, description=text if len(text) < 70 else text[:69] + "…")

    def end(self) -> None:
        """Leaves the console to the answer."""
        self.bars.stop()

    def watch(self, state: State) -> None:
        """Moves the bars to where the route is."""
        self._go_on()
        planned = len(deliverables.steps(state["request"].deliverables))
        made = len(state.get("made", []))
        self.bars.update(self.looking, completed=made, total=max(planned, made), visible=True)
        if recommendations := state.get("recommendations"):
            tried = len(state.get("proofs", []))
            self.bars.update(self.proving, completed=tried, total=len(recommendations), visible=True)

    def _go_on(self) -> None:
        if self.stopped:
            raise KeyboardInterrupt(self.stopped)


@contextmanager
def display(console: Console) -> Iterator[Display]:
    """The display on a console; on one that is not a terminal it stays silent."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield Display(bars)
