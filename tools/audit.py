"""The audit log: one line for every statement that was attempted on a target, each chained to the one before it.

A line is written in one piece under a lock of the file before the answer is given out; what cannot be logged is not
answered. Lines of a user's or a model's statements are on the disk (fsync) by then; those of the product's own are
handed to the system, so that the death of the process loses none and only a crash of the machine can lose the last.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from dbengineer.tools import masking

By = Literal["product", "person", "model"]
"""Whose statement it was."""
START = "0" * 64
"""What the first line has for the hash of the line before it."""
TAIL = 64 * 1024
"""No line is longer than this many bytes."""
HASHED = len(',"hash":""}') + 64


class Attempt:
    """A statement on its way to the target: fill `rows`; where it fails, `verdict` and `reason` say how."""

    def __init__(self) -> None:
        self.verdict: Literal["allowed", "refused", "failed"] = "allowed"
        self.reason = ""
        self.rows: int | None = None

    def failed(self, error: BaseException, refused: bool) -> None:
        """Notes why there is no answer, in words that quote no value."""
        self.verdict = "refused" if refused else "failed"
        code = getattr(error, "sqlstate", None)
        self.reason = masking.unquoted(str(error)) if refused else f"{type(error).__name__}{f' {code}' if code else ''}"


class Audit:
    """Appends to the log for one person or client, on one channel; `run` names the folder or thread it belongs to."""

    def __init__(self, path: Path, *, who: str, channel: str, model: bool = False, run: str = "") -> None:
        """Opens the log, or makes one that only this user may read; raises OSError where that cannot be."""
        self.path = path
        self.run = run
        self._who = {"who": who, "channel": channel}
        self._asking: By = "model" if model else "person"
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(self._open())

    @contextmanager
    def attempt(self, sql: str, database: str, refusal: type[Exception], *, ours: bool) -> Iterator[Attempt]:
        """Times a statement and writes its line, also when it raises; a `refusal` is what the guard raises."""
        attempt, began = Attempt(), time.perf_counter()
        try:
            yield attempt
        except BaseException as error:
            attempt.failed(error, isinstance(error, refusal))
            raise
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            self._note(sql, database, attempt, took_ms, "product" if ours else self._asking)

    def _note(self, sql: str, database: str, attempt: Attempt, took_ms: float, by: By) -> None:
        seen: dict[str, Any] = {**self._who, "run": self.run, "by": by, "database": database}
        seen |= {"statement": masking.fingerprint(sql), "verdict": attempt.verdict}
        if attempt.reason:
            seen["reason"] = attempt.reason[: masking.SHOWN]
        if attempt.verdict == "refused":
            seen["sql"] = masking.masked(sql)
        if attempt.rows is not None:
            seen["rows"] = attempt.rows
        self.append(seen | {"ms": round(took_ms, 2)}, durable=by != "product")

    def append(self, seen: dict[str, Any], *, durable: bool = True) -> None:
        """Adds a line of what was seen; raises OSError, and then there is none (or a torn one, which is noted)."""
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            number, previous, lines = _end(file)
            if lines:  # a process died while it wrote
                torn = lines.removesuffix(b"\n")
                note = {"note": "a torn line", "bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
                line, previous = _line(number + 1, previous, self._who | note)
                number, lines = number + 1, b"\n" + line
            line, _ = _line(number + 1, previous, seen)
            _write(file, lines + line)
            if durable:
                os.fsync(file)
        finally:
            os.close(file)

    def _open(self) -> int:
        # Opened for each line, so that a log that was moved away (rotated) is followed by a new one.
        return os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _line(number: int, previous: str, seen: dict[str, Any]) -> tuple[bytes, str]:
    """A line of the log and its hash, which covers everything before it in the line."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    body = json.dumps({"n": number, "at": at, **seen, "previous": previous}, separators=(",", ":"))
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{body[:-1]},"hash":"{digest}"}}\n'.encode(), digest


def read_line(line: bytes) -> dict[str, Any] | None:
    """What a whole and unchanged line holds, None for any other."""
    body, end = line[:-HASHED], line[-HASHED:]
    digest = hashlib.sha256(body + b"}").hexdigest()
    if end != f',"hash":"{digest}"}}'.encode():
        return None
    try:
        held = json.loads(line)
    except ValueError:
        return None
    return held if isinstance(held.get("n"), int) and isinstance(held.get("previous"), str) else None


def _end(file: int) -> tuple[int, str, bytes]:
    """The number and hash of the last whole line, and what a writer that died has left behind it."""
    size = os.fstat(file).st_size
    tail = os.pread(file, TAIL, max(0, size - TAIL))
    if not tail:
        return 0, START, b""
    *lines, rest = tail.split(b"\n")
    if rest and (held := read_line(rest)):  # only its line break is missing
        _write(file, b"\n")
        return held["n"], held["hash"], b""
    held = read_line(lines[-1]) if lines else None
    # Of a line that somebody has changed the verification tells; the chain goes on with the hash that it claims.
    return (held["n"], held["hash"], rest) if held else (*_claimed(lines), rest)


def _claimed(lines: list[bytes]) -> tuple[int, str]:
    for line in reversed(lines):
        try:
            held = json.loads(line)
            return int(held["n"]), str(held["hash"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0, START


def _write(file: int, text: bytes) -> None:
    """Writes all or nothing; raises OSError where the disk has no room."""
    before = os.fstat(file).st_size
    if os.write(file, text) < len(text):
        with suppress(OSError):
            os.ftruncate(file, before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
