"""Kills a review of the command line at twenty points, goes on with it, and compares it with one left alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbengineer.evals.figure import Figure

POINTS = 20
COMMAND = [sys.executable, "-m", "dbengineer", "review"]


def figures(url: str, points: int = POINTS, *words: str) -> Iterator[Figure]:
    """How many of the reviews that were killed, evenly over their evidence, end with the same checklist."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        expected = review(url, whole, *words)
        lines = len(evidence(whole))
        after = [point * lines // (points + 1) for point in range(1, points + 1)]
        faults = {at: kill(url, Path(folder) / f"after-{at}", at, expected, *words) for at in after}
    yield Figure(
        name="reviews of the command line, killed and gone on with: the same checklist",
        target=f"{points} of {points}",
        measured=f"{sum(not each for each in faults.values())} of {points}",
        met=not any(faults.values()),
        because=tuple(
            f"killed after {at} of {lines} pieces: {'; '.join(found)}" for at, found in faults.items() if found
        ),
    )


def review(url: str, out: Path, *words: str) -> dict[str, Any]:
    """A whole review, or the rest of one; raises RuntimeError with what it said where it fails."""
    done = subprocess.run([*COMMAND, url, "--out", out, "--json", *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def kill(url: str, out: Path, after: int, expected: dict[str, Any], *words: str) -> list[str]:
    """Begins a review, kills it after so much evidence and goes on with it; gives what is wrong in the end."""
    command = [*COMMAND, url, "--out", str(out), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while len(evidence(out)) < after and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    report = review(url, out, "--resume", *words)
    return [*differences(expected, report), *twice(report, evidence(out))]


def differences(expected: dict[str, Any], report: dict[str, Any]) -> list[str]:
    """What two reports say differently: statuses, findings and verdicts; times differ always."""
    return [f"other {name}" for name, was in told(expected).items() if was != told(report)[name]]


def told(report: dict[str, Any]) -> dict[str, list[tuple[str, ...]]]:
    """What a report comes down to."""
    return {
        "statuses": [(line["id"], line["status"]) for line in report["checklist"]["deliverables"]],
        "findings": sorted((f["check"], f["object"], f["severity"]) for f in report["findings"]),
        "verdicts": sorted((p["recommendation"], p["verdict"]) for p in report["proofs"]),
    }


def twice(report: dict[str, Any], seen: list[dict[str, Any]]) -> list[str]:
    """Changes that count as proven twice, or by evidence that was lost."""
    known = {each["id"] for each in seen}
    times = Counter(proof["recommendation"] for proof in report["proofs"])
    lost = [proof["recommendation"] for proof in report["proofs"] if not known.issuperset(proof["evidence"])]
    again = [f"{name} is proven twice" for name, count in times.items() if count > 1]
    return again + [f"{name} cites evidence that is lost" for name in lost]


def evidence(out: Path) -> list[dict[str, Any]]:
    """The whole lines of evidence of the only report in a folder."""
    found = list(out.glob("*/evidence.jsonl"))
    return [json.loads(line) for line in found[0].read_text().splitlines(True) if line.endswith("\n")] if found else []
