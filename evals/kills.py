"""Kills a review at twenty points, goes on with it, and compares what came out with a review that was left alone.

Run it with `python -m dbengineer.evals.kills`; it takes some minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from dbengineer.evals.demo import Demo
from dbengineer.tools.facts import Fact

POINTS = 20
COMMAND = [sys.executable, "-m", "dbengineer", "review"]


class Killed(Fact):
    """A review that was killed after so many lines of evidence, and what was wrong with it in the end."""

    after: int
    faults: tuple[str, ...]


def main() -> int:
    """Prints a line for each point; the exit status is the number of points with faults."""
    with Demo("todo", scale=0.02) as demo, tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        expected = review(demo.url, whole)
        lines = len(evidence(whole))
        bad = 0
        for point in range(1, POINTS + 1):
            killed = kill(demo.url, Path(folder) / str(point), point * lines // (POINTS + 1), expected)
            print(
                f"killed after {killed.after} of {lines} pieces of evidence: {', '.join(killed.faults) or 'the same'}"
            )
            bad += bool(killed.faults)
    print(f"{POINTS - bad} of {POINTS} ended with the same checklist")
    return bad


def review(url: str, out: Path, *words: str) -> dict[str, Any]:
    """A whole review, or the rest of one."""
    done = subprocess.run([*COMMAND, url, "--out", out, "--json", *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def kill(url: str, out: Path, after: int, expected: dict[str, Any]) -> Killed:
    """Begins a review, kills it after so much evidence and goes on with it."""
    process = subprocess.Popen([*COMMAND, url, "--out", out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(evidence(out)) < after and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = len(evidence(out))
    report = review(url, out, "--resume")
    return Killed(after=before, faults=(*differences(expected, report), *twice(report, evidence(out))))


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


if __name__ == "__main__":
    sys.exit(main())
