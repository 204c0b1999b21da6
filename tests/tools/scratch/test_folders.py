"""Folders of a process go with it, however it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dbengineer.tools.scratch import account, folders

KILLED = """
import os, signal
from dbengineer.tools.scratch.folders import private_folder
with private_folder() as path:
    (path / "evidence.jsonl").write_text("x")
    print(path, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_folder_of_a_killed_process_goes_with_the_next_sweep_and_that_of_a_living_one_stays() -> None:
    left = Path(subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True).stdout.strip())
    assert (left / "evidence.jsonl").exists()
    with folders.private_folder() as mine:
        folders.sweep(account.choose())
        assert not left.exists()
        assert mine.exists()
    assert not mine.exists()
