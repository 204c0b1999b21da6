"""The watchdog: a shell that outlives us and cleans up when we are killed.

It waits for the end of a pipe that only we hold open. That works for `kill -9` too, from any thread and on every
Unix, where a death signal of the kernel is sent when the *thread* that started the server ends.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = """
run=$1 data=$2
read -r word && exit 0
owned() {
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 1
    if [ -d /proc/self ]; then [ "/proc/$pid/cwd" -ef "$data" ]
    else case $(ps -o comm= -p "$pid") in *postgres*) true;; *) false;; esac; fi
}
for signal in INT QUIT KILL; do
    n=0
    while owned && [ $n -lt 50 ]; do
        [ $n -eq 0 ] && kill -$signal "$pid"
        n=$((n + 1)); sleep 0.1
    done
done
rm -rf "$run"
"""


class Watchdog:
    """Stops the server of a data folder and removes the run folder when this process dies."""

    def __init__(self, run: Path, data: Path) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "dbengineer-watchdog", run, data],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Sends it home: everything was cleaned up already."""
        try:
            self._process.communicate(b"done\n", timeout=10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
