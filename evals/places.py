"""Where the files of a benchmark database lie: in its own folder, or in one that it shares."""

from __future__ import annotations

from pathlib import Path

SCHEMAS = Path(__file__).parent / "schemas"
HEALTHY = "healthy"
"""The folder with what all servers in order have in common; it is no database itself."""
TWIN = "_healthy"
"""How the name of a healthy twin ends; the twin takes from the other one what it does not have itself."""


def names() -> list[str]:
    """The benchmark databases."""
    return sorted(path.parent.name for path in SCHEMAS.glob("*/schema.sql"))


def database(name: str) -> str:
    """The name of the database inside the server, the same for both twins."""
    return name.removesuffix(TWIN)


def is_twin(name: str) -> bool:
    """Whether nothing is wrong with this one."""
    return name.endswith(TWIN)


def sick(folder: Path) -> Path:
    """The folder of the twin that has the flaws; it is its own."""
    return folder.with_name(database(folder.name))


def find(name: str, file: str) -> Path | None:
    """A file of a benchmark database, or None; `{database}` in it stands for the database's name."""
    own = SCHEMAS / name
    folders = [own, SCHEMAS / HEALTHY, sick(own)] if is_twin(name) else [own]
    return next((folder / file for folder in folders if (folder / file).is_file()), None)
