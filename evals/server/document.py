"""The server's whole OpenAPI document, tried by schemathesis: what the server does has to be what the document says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dbengineer.evals.figure import Figure
from dbengineer.evals.server.site import UNLIMITED, Site, scripted

EXAMPLES, SEED = 50, 1
"""How many requests are made up for each operation, beside those that the document and its bounds suggest."""
COMMAND = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
PATHS = {
    "/v1/threads/{name}": "thread",
    "/v1/threads/{name}/approve": "thread",
    "/v1/reviews/{name}": "review",
    "/v1/reviews/{name}/approve": "review",
    "/v1/reports/{name}/{path}": "review",
}
"""What the name in a path is of; no conversation is deleted as long as the others ask for it."""
BODY = ("review", "change", "sha256")
"""What a decision names."""
UNFORESEEN = re.compile(r"(?:unforeseen|Traceback)[^\n]*\n((?: [^\n]*\n)*)")
PLACE = re.compile(r'[^/"]+", line \d+')
"""An error in the server's log with the lines that tell its way, and one of these."""
MOST = 0.8
"""How many requests name what there is; the others name what there is not."""
MISSING = "schemathesis is not installed; install it with: pip install 'dbengineer[evals]'"


def figures(url: str, examples: int = EXAMPLES, *words: str) -> Iterator[Figure]:
    """How many ways of the server are not those of its document."""
    name = "the OpenAPI document, tried by schemathesis: failures"
    if find_spec("schemathesis") is None:
        yield Figure(name=name, target="0", measured="not measured", met=False, because=(MISSING,))
        return
    with tempfile.TemporaryDirectory() as folder, scripted(url, 0, UNLIMITED) as (site, _):
        report = tried(site, Path(folder), examples, *words)
        unforeseen = _unforeseen(site.log.read_text())
    because = [f"{f['title']} ({f['code']}): {operation}" for f in report["failures"] for operation in f["operations"]]
    because += [f"the run itself: {error}" for error in report["errors"]]
    because += [f"unforeseen in {place}, {times} times by the server's log" for place, times in unforeseen.items()]
    because += [] if report["complete"] else [f"it was not complete: {report['stop_reason']}"]
    cases, operations = report["test_cases"], report["operations"]
    yield Figure(
        name=name,
        target="0",
        measured=f"{len(because)}, {cases['generated']:,} requests to {operations['tested']} of {operations['total']}",
        met=not because and operations["tested"] == operations["total"],
        because=tuple(because),
    )


def _unforeseen(log: str) -> Counter[str]:
    """The lines where errors arose that the server had no words for, and how often they did."""
    places = (PLACE.findall(where) for where in UNFORESEEN.findall(log))
    return Counter(found[-1].replace('"', "") if found else "an unknown place" for found in places)


def tried(site: Site, folder: Path, examples: int, *words: str) -> dict[str, Any]:
    """The report of schemathesis on a server with a conversation, a review and a change that can be asked for."""
    configuration, report = folder / "schemathesis.toml", folder / "report.json"
    configuration.write_text(_there(site), encoding="utf-8")
    given = ["--config-file", configuration, "run", f"http://127.0.0.1:{site.port}/openapi.json"]
    given += ["-H", f"Authorization: Bearer {site.key}", "--max-examples", str(examples), "--seed", str(SEED)]
    given += ["--continue-on-failure", "--generation-database", "none", "--no-color"]
    given += ["--report", "json", "--report-json-path", report, *words]
    ran = subprocess.run([*COMMAND, *map(str, given)], cwd=folder, capture_output=True, text=True)
    if not report.is_file():
        raise RuntimeError(f"schemathesis gave no report: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def _there(site: Site) -> str:
    """Its configuration: what there is, and that most requests name it, so that not all of them end at a 404."""
    events = list(site.chat("review schema"))
    offer = next(event.data for event in events if event.kind == "approval")
    names = {"thread": events[-1].data["thread"]} | {name: offer[name] for name in ("review", "change", "sha256")}
    lines = [f'[dictionaries.{name}]\nvalues = ["{value}"]' for name, value in names.items()]
    for path, name in PATHS.items():
        lines += ["[[operations]]", f'include-path = "{path}"', 'exclude-method = "DELETE"', "[operations.parameters]"]
        bound = {"path.name": name} | {f"body.{each}": each for each in BODY if path.endswith("/approve")}
        lines += [f'"{place}" = {{ dictionary = "{each}", probability = {MOST} }}' for place, each in bound.items()]
    return "\n".join(lines) + "\n"
