"""The initialised cluster that new servers are copied from: initdb takes a second, a copy a tenth of it."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from dbengineer.tools.scratch.account import Account
from dbengineer.tools.scratch.binaries import Binaries
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.folders import Lock, empty

SETTINGS_FILE = "dbengineer.conf"


def make_cluster(data: Path, binaries: Binaries, account: Account, cache: Path) -> None:
    """Makes an initialised cluster at `data`, an empty folder of the account, from the cache where one can be kept."""
    kept = cache / _key(binaries, account)
    if not (kept.is_dir() and _copied(kept, data)):
        _initialise(data, binaries, account)
        _keep(data, kept)


def forget(binaries: Binaries, account: Account, cache: Path) -> None:
    """Throws the cached cluster away, for the case that it is broken."""
    shutil.rmtree(cache / _key(binaries, account), ignore_errors=True)


def _key(binaries: Binaries, account: Account) -> str:
    words = [str(binaries.folder), *_arguments(binaries), platform.machine()]
    digest = hashlib.sha256("\0".join(words).encode()).hexdigest()[:10]
    return f"cluster-{binaries.version}-{account.uid}-{digest}"


def _arguments(binaries: Binaries) -> list[str]:
    """How a cluster is initialised: unicode without the system's locales, and no checksums, which the shadow needs."""
    arguments = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    if binaries.major >= 18:
        arguments.append("--no-data-checksums")
    if binaries.major >= 17:
        return [*arguments, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    ctype = ["--lc-ctype=C.UTF-8"] if sys.platform.startswith("linux") else []
    return [*arguments, "--locale=C", *ctype]


def _initialise(data: Path, binaries: Binaries, account: Account) -> None:
    command = [str(binaries.program("initdb")), "-D", str(data), *_arguments(binaries)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **account.popen)
    if done.returncode and "C.UTF-8" in done.stderr and binaries.major < 17:
        # musl and old systems know no C.UTF-8.
        command = [word for word in command if word != "--lc-ctype=C.UTF-8"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **account.popen)
    if done.returncode:
        raise ScratchError("initdb failed: " + _last(done.stderr))
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(f"include_if_exists '{SETTINGS_FILE}'\n")


def _keep(data: Path, kept: Path) -> None:
    """Puts a copy of a new cluster into the cache; a cache that cannot be written is not needed."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        lock = Lock(kept.parent / f"{kept.name}.lock")
    except OSError:
        return
    unfinished = kept.parent / f"{kept.name}.unfinished"
    if lock.take() and not kept.exists():
        # Only the holder of the lock makes this folder, so one that is there was left by a process that was killed.
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if _copied(data, unfinished):
            unfinished.rename(kept)
        else:
            shutil.rmtree(unfinished, ignore_errors=True)
    lock.release()


def _copied(source: Path, to: Path) -> bool:
    """Whether a whole folder could be copied with its owners, sharing blocks where the file system can."""
    how = ["--reflink=auto", "--sparse=always"] if sys.platform.startswith("linux") else ["-c"]
    for options in (how, []):
        done = subprocess.run(["cp", "-a", *options, f"{source}/.", to], capture_output=True, text=True)
        if done.returncode == 0:
            return True
        if "No space left" in done.stderr:
            raise ScratchError(f"no space left on the disk of {to}: a scratch server needs about 60 MB to start")
    empty(to)
    return False


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
