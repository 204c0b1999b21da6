"""The rules of the house: who may import whom, who may connect, how long things may be."""

from __future__ import annotations

import ast
import re
import resource
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import dbengineer
from dbengineer.agent import deliverables, gates
from dbengineer.tools import checking, proofs, toolbox
from dbengineer.tools.facts import DELIVERABLES

ROOT = Path(__file__).parent.parent
FOLDERS = ("agent", "tools", "prompts", "evals")
HEAVY = {"langgraph", "openai", "fastapi", "alembic", "sqlalchemy", "mcp", "slack_bolt"}
LONGEST_FILE, LONGEST_FUNCTION = 500, 60


def sources(*folders: str) -> list[Path]:
    """The Python files of the top-level folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """The names of the modules that a file imports; `from a.b import c` gives a.b and a.b.c."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importing(forbidden: str, *folders: str, allowed: tuple[str, ...] = ()) -> list[str]:
    """The files that import what the pattern names, apart from those allowed to."""
    found = ((path.relative_to(ROOT).as_posix(), name) for path in sources(*folders) for name in imports(path))
    return [f"{path}: {name}" for path, name in found if re.match(forbidden, name) and not path.startswith(allowed)]


def test_tools_know_no_agent_and_no_model() -> None:
    forbidden = r"(dbengineer\.(agent|prompts|evals)|langgraph|langchain|openai|fastapi|typer)\b"
    assert importing(forbidden, "tools") == []


def test_nothing_imports_the_channels_but_channels() -> None:
    assert importing(r"dbengineer\.agent\.channels", *FOLDERS, allowed=("agent/channels/",)) == []


def test_the_agent_does_not_lean_on_evals_but_for_the_demo_and_their_own_command() -> None:
    allowed = ("agent/channels/opening.py", "agent/channels/evaluating.py")
    assert importing(r"dbengineer\.evals", "agent", allowed=allowed) == []


def connects(path: Path) -> bool:
    """Whether a file's code, not a text in it, opens a connection of psycopg."""
    calls = [n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    return any(
        ast.unparse(call).endswith((".connect", "ConnectionPool")) and "sqlite" not in ast.unparse(call)
        for call in calls
    )


def test_only_target_and_scratch_connect_to_postgresql() -> None:
    paths = [p.relative_to(ROOT).as_posix() for p in sources("agent", "tools", "prompts") if connects(p)]
    assert [p for p in paths if not p.startswith(("tools/target.py", "tools/scratch/"))] == []


def test_the_agent_holds_no_sql() -> None:
    sql = re.compile(r"\b(SELECT\s+.+\s+FROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|ALTER\s+TABLE|CREATE\s+INDEX)\b")
    assert [p.name for p in sources("agent") if sql.search(p.read_text())] == []


def test_only_the_settings_read_the_environment() -> None:
    reads = re.compile(r"os\.(environ|getenv)")
    paths = [p.relative_to(ROOT).as_posix() for p in sources("agent", "prompts") if reads.search(p.read_text())]
    assert paths == ["agent/settings.py"]


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    light = [*sources("tools", "agent/channels"), ROOT / "agent/running.py"]
    heavy = [
        f"{p.relative_to(ROOT)}: {name}"
        for p in light
        for name in imports(p, top_level_only=True)
        if p.name != "http.py" and name.split(".")[0] in HEAVY
    ]
    assert heavy == []


def test_help_answers_at_once() -> None:
    command = [sys.executable, "-c", "from dbengineer.agent.channels.cli import main; main()", "--help"]
    took = []
    for _ in range(5):
        # Of the processor: what else the machine does is not counted.
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(ended.ru_utime - began.ru_utime + ended.ru_stime - began.ru_stime)
    assert min(took) < 0.3


@pytest.mark.parametrize("path", sources(*FOLDERS), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION] == []


@pytest.mark.parametrize("path", sources(*FOLDERS), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_everything_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module has no docstring"
    public = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    named = [n for n in tree.body if isinstance(n, public) and not n.name.startswith("_")]
    assert [n.name for n in named if not ast.get_docstring(n)] == []


def test_the_eight_deliverables_are_the_files_of_their_folder() -> None:
    assert tuple(deliverables.lines()) == DELIVERABLES
    assert {p.stem for p in (ROOT / "agent/deliverables").glob("[a-z]*.py")} == set(DELIVERABLES)


def test_every_deliverable_has_checks_and_calls_tools_that_exist() -> None:
    checked = {check.deliverable for check in checking.all_checks().values()}
    assert checked == set(DELIVERABLES)
    assert {step for line in deliverables.lines().values() for step in line.steps} <= set(toolbox.tools())


def test_tools_say_what_they_do_and_the_worst_they_do() -> None:
    for name, tool in toolbox.tools().items():
        assert tool.effect in ("read", "scratch", "draft"), name
        assert toolbox.description(name), name


def test_gates_and_proofs_are_found_in_their_folders() -> None:
    assert list(gates.gates()) == sorted(gates.gates())
    assert set(proofs.ways()) == {"access", "ddl", "drop_index", "index", "query", "setting"}


def test_the_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == dbengineer.__version__
    assert f"## {dbengineer.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_constraints_pin_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+-]+", line) for line in lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=]", line)[0].lower().replace("_", "-") for line in wanted}
    assert names <= {line.split("==")[0].lower().replace("_", "-") for line in lines}
