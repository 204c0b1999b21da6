"""One file, one thing: the files of a folder are the things there are; nothing is registered by hand."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType


def modules(package: str) -> dict[str, ModuleType]:
    """The modules of a package by name, in file order, without those that begin with an underscore."""
    parent = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(parent.__path__) if not m.name.startswith("_"))
    return {name: importlib.import_module(f"{package}.{name}") for name in names}


def files(folder: Path, suffix: str) -> dict[str, Path]:
    """The files of a folder (and of its subfolders) by stem; two files of one name are refused with ValueError."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob(f"*{suffix}")):
        if path.stem in found:
            raise ValueError(f"{path} and {found[path.stem]} have the same name; rename one of them")
        found[path.stem] = path
    return found
