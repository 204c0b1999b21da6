"""What the server counts, as Prometheus reads it (text format 0.0.4); no label holds what a client wrote."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0)
"""Upper bounds of the histograms, in seconds."""
Labels = tuple[tuple[str, str], ...]
HELP = {
    "dbengineer_requests_total": ("counter", "Requests by route, method and status."),
    "dbengineer_request_seconds": ("histogram", "Time until a response began, by route."),
    "dbengineer_requests_open": ("gauge", "Requests that are being answered now."),
    "dbengineer_chats_total": ("counter", "Questions by how they ended."),
    "dbengineer_chat_seconds": ("histogram", "Time from a question to the end of its answer."),
    "dbengineer_reviews_total": ("counter", "Reviews by how they ended."),
    "dbengineer_decisions_total": ("counter", "Words of people on changes."),
    "dbengineer_messages_total": ("counter", "Requests of Slack and Mattermost by what became of them."),
}


class Metrics:
    """Counters, gauges and histograms; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: Counter[tuple[str, Labels]] = Counter()
        self._sums: dict[tuple[str, Labels], float] = {}
        self._counts: dict[tuple[str, Labels], list[int]] = {}

    def add(self, name: str, by: int = 1, **labels: str) -> None:
        """Adds to a counter or a gauge."""
        with self._lock:
            self._values[name, _labels(labels)] += by

    def took(self, name: str, seconds: float, **labels: str) -> None:
        """Adds a time to a histogram."""
        key = (name, _labels(labels))
        with self._lock:
            counts = self._counts.setdefault(key, [0] * (len(BUCKETS) + 1))
            for place, bound in enumerate(BUCKETS):
                counts[place] += seconds <= bound
            counts[-1] += 1
            self._sums[key] = self._sums.get(key, 0.0) + seconds

    def chat(self, outcome: str, seconds: float) -> None:
        """Counts a question and how long its answer took."""
        self.add("dbengineer_chats_total", outcome=outcome)
        self.took("dbengineer_chat_seconds", seconds)

    def review(self, status: str) -> None:
        """Counts a review."""
        self.add("dbengineer_reviews_total", status=status)

    def text(self) -> str:
        """All of it."""
        with self._lock:
            return "".join(line + "\n" for line in self._lines())

    def _lines(self) -> Iterable[str]:
        for name, (kind, does) in HELP.items():
            yield f"# HELP {name} {does}"
            yield f"# TYPE {name} {kind}"
            for (held, labels), value in sorted(self._values.items()):
                if held == name:
                    yield f"{name}{_shown(labels)} {value}"
            for (held, labels), counts in sorted(self._counts.items()):
                if held == name:
                    yield from self._histogram(name, labels, counts)

    def _histogram(self, name: str, labels: Labels, counts: list[int]) -> Iterable[str]:
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
            yield f"{name}_bucket{_shown((*labels, ('le', bound)))} {count}"
        yield f"{name}_sum{_shown(labels)} {self._sums[name, labels]:.6f}"
        yield f"{name}_count{_shown(labels)} {counts[-1]}"


def _labels(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _shown(labels: Labels) -> str:
    escaped = ((name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, value in labels)
    inside = ",".join(f'{name}="{value}"' for name, value in escaped)
    return f"{{{inside}}}" if inside else ""
