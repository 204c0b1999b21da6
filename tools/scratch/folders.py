"""The folders of the scratch server: one for each run, gone with its owner, and the cache that outlives it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dbengineer.tools.scratch.account import Account
from dbengineer.tools.scratch.errors import ScratchError

PREFIX = "dbengineer-"
SHARED = (Path("/tmp"), Path("/var/tmp"))


def cache_folder() -> Path:
    """Where things that can be made again are kept: ~/.cache/dbengineer, as root /var/cache/dbengineer."""
    if os.geteuid() == 0 and os.access("/var/cache", os.W_OK):
        return Path("/var/cache/dbengineer")
    try:
        return Path.home() / ".cache" / "dbengineer"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"{PREFIX}cache-{os.geteuid()}"


def kept_folder(name: str) -> Path:
    """Where a server that is kept may live, reachable for the user that runs it (as root not below /root)."""
    if os.geteuid() == 0:
        return Path("/var/lib/dbengineer") / name
    return Path.home() / ".local" / "share" / "dbengineer" / name


class Lock:
    """A lock file held as long as this process lives; the kernel lets it go when the process dies in any way."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def take(self, *, wait: bool = False) -> bool:
        """Takes the lock; False where another process holds it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Gives the lock back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class RunFolder:
    """A temporary folder with an owner: socket, log and, unless it is kept elsewhere, the data."""

    def __init__(self, account: Account) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_temporary(account)))
        self.path.chmod(0o711 if account.switch else 0o700)
        # Locked before it has its name: a sweep takes an owner without a lock for dead.
        self._lock = Lock(self.path / "owner.new")
        self._lock.take()
        (self.path / "owner.new").rename(self.path / "owner")
        self.socket = self.folder("socket", account)

    def folder(self, name: str, account: Account) -> Path:
        """A new folder inside, for the server's user alone."""
        path = self.path / name
        path.mkdir(mode=0o700)
        account.own(path)
        return path

    def remove(self) -> None:
        """Deletes the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A temporary folder of this user alone, gone at the end; where its process was killed, with the next sweep."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        lock = Lock(Path(name) / "owner.new")
        lock.take()
        (Path(name) / "owner.new").rename(Path(name) / "owner")
        try:
            yield Path(name)
        finally:
            lock.release()


def _temporary(account: Account) -> Path:
    """A temporary folder that the server's user can reach (ScratchError if there is none)."""
    candidates = (Path(tempfile.gettempdir()), *SHARED)
    for folder in candidates:
        if folder.is_dir() and os.access(folder, os.W_OK) and account.reaches(folder / "any"):
            return folder
    raise ScratchError(f"no temporary folder that the server's user can reach: {', '.join(map(str, candidates))}")


def sweep(account: Account) -> None:
    """Removes the run folders whose owner is dead, and stops the servers that were left in them."""
    for path in _temporary(account).glob(PREFIX + "*"):
        if _is_ours(path) and (path / "owner").is_file():
            _remove_if_left(path)


def _is_ours(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _remove_if_left(path: Path) -> None:
    try:
        lock = Lock(path / "owner")
    except OSError:
        return
    if lock.take():
        if (path / "data").is_dir():
            stop_orphan(path / "data")
        shutil.rmtree(path, ignore_errors=True)
    lock.release()


def stop_orphan(data: Path) -> None:
    """Stops a server that still runs on a data folder whose owner is gone, and removes a stale pid file."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        pid = 0
    if pid > 0 and _works_in(pid, data):
        _end(pid, data)
    pid_file.unlink(missing_ok=True)


def _end(pid: int, data: Path) -> None:
    for how, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not _works_in(pid, data):
                return
            time.sleep(0.02)


def _works_in(pid: int, data: Path) -> bool:
    """Whether a process is a server on this data folder: a pid alone may long belong to another program."""
    here = Path(f"/proc/{pid}/cwd")
    try:
        return here.samefile(data)
    except OSError:
        return False


def empty(folder: Path) -> None:
    """Removes everything in a folder of ours, for one that was left half made."""
    if folder.is_dir():
        for child in folder.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
