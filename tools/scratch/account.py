"""Who runs the scratch server: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.errors import ScratchError

UNPRIVILEGED = ("nobody", "daemon")


class Account(Fact):
    """The system user of the scratch server; `switch` when that is not the user we are."""

    uid: int
    gid: int
    switch: bool

    @property
    def popen(self) -> dict[str, Any]:
        """The arguments that make subprocess run a program as this user, without our groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.switch else {}

    def own(self, path: Path) -> None:
        """Gives a file or folder of ours to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this user can pass through every folder above `path`."""
        return not self.switch or all(_passable(parent.stat(), self) for parent in path.resolve().parents)


def _passable(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def choose(candidates: Sequence[str] = UNPRIVILEGED) -> Account:
    """Ourselves, or as root an unprivileged user that every system has (ScratchError if there is none)."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), switch=False)
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in candidates:
        if name in known:
            return Account(uid=known[name].pw_uid, gid=known[name].pw_gid, switch=True)
    raise ScratchError(
        f"PostgreSQL does not run as root, and this system has none of the users {', '.join(candidates)}; "
        "start dbengineer as an ordinary user"
    )
