"""Every statement is in the audit log, whoever writes it and however it ends, and nobody can change it unseen."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbengineer.tools import masking
from dbengineer.tools.audit import Audit
from dbengineer.tools.audit_chain import Verified, verify
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.target import ReadFailed, RefusedSql, Target

SECRET = "hunter2-of-the-row"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "audit.jsonl"


@pytest.fixture
def target(database: Database, log: Path) -> Iterator[Target]:
    """A target whose statements are logged for ana on the command line."""
    database.script(f"CREATE TABLE t (id int, word text); INSERT INTO t VALUES (1, '{SECRET}'), (2, 'b')")
    target = Target.open(database.conninfo, trust_role=True, audit=Audit(log, who="ana", channel="cli", run="r1"))
    yield target
    target.close()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def asked(log: Path) -> list[dict[str, Any]]:
    """What a person or a model has asked."""
    return [line for line in lines(log) if line.get("by") != "product"]


def test_a_read_a_plan_and_a_statement_of_our_own_each_have_a_line(
    target: Target, log: Path, database: Database
) -> None:
    before = len(lines(log))
    target.read("SELECT * FROM public.t")
    target.explain("SELECT 1 FROM public.t WHERE id = $1")
    target.query("SELECT 1 AS a")
    read, plan, own = lines(log)[before:]
    assert (read["who"], read["channel"], read["run"], read["by"]) == ("ana", "cli", "r1", "person")
    assert (read["verdict"], read["rows"]) == ("allowed", 2)
    assert read["ms"] > 0
    assert (
        read["database"] == f"postgres@{database.connection.info.host}:{database.connection.info.port}/{database.name}"
    )
    assert (plan["verdict"], plan["by"]) == ("allowed", "person")
    assert (own["by"], own["rows"]) == ("product", 1)
    assert "sql" not in read | plan | own
    assert verify(log).ok


def test_refusals_and_failures_are_logged_without_values(target: Target, log: Path) -> None:
    for sql in (f"DELETE FROM t WHERE word = '{SECRET}' -- {SECRET}", f"{SECRET} is no SQL", f"SELECT '{SECRET}"):
        with pytest.raises(RefusedSql):
            target.read(sql)
    with pytest.raises(ReadFailed):
        target.read("SELECT word::int FROM public.t")
    with pytest.raises(ReadFailed):
        target.explain(f"SELECT * FROM public.missing WHERE word = '{SECRET}'")
    logged = asked(log)
    assert [line["verdict"] for line in logged] == ["refused"] * 3 + ["failed"] * 2
    assert logged[0]["sql"] == "DELETE FROM t WHERE word = ?"
    assert "not sent" in logged[0]["reason"]
    assert SECRET not in log.read_text()


def test_a_statement_that_is_broken_off_is_logged_too(target: Target, log: Path) -> None:
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        target.read("SELECT count(*) FROM generate_series(1, 10000000000)")
    assert (asked(log)[-1]["verdict"], asked(log)[-1]["reason"]) == ("failed", "KeyboardInterrupt")


def test_statements_that_differ_in_values_alone_have_one_fingerprint(target: Target, log: Path) -> None:
    for value in ("1", "2", "3 "):
        target.read(f"SELECT word FROM public.t WHERE id = {value}")
    target.read("SELECT id FROM public.t")
    *same, other = [line["statement"] for line in asked(log)]
    assert len(set(same)) == 1
    assert other not in same


def test_only_its_owner_may_read_the_log(target: Target, log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_what_cannot_be_logged_is_not_answered(target: Target, log: Path) -> None:
    log.unlink()
    log.mkdir()
    with pytest.raises(IsADirectoryError):
        target.read("SELECT 1")


def test_a_log_that_was_moved_away_is_followed_by_a_new_one(target: Target, log: Path) -> None:
    log.rename(log.with_suffix(".1"))
    target.read("SELECT 1")
    assert (verify(log).lines, verify(log.with_suffix(".1")).ok) == (1, True)


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        ("SELECT a, $$b$$, E'c', 1.5 FROM x /* d */ WHERE b = $1", "SELECT a , ? , ? , ? FROM x WHERE b = $1"),
        ('SELECT "My Secret" FROM t', "SELECT … FROM t"),
        ("please DELETE hunter2", "… DELETE …"),
        ("SELECT 'open", "(12 characters that are no SQL)"),
        ("SELECT 1\0", "SELECT ?"),
    ],
)
def test_the_mask_of_a_statement(sql: str, left: str) -> None:
    assert masking.masked(sql) == left


def test_masks_have_an_end_however_long_or_deep_a_text_is() -> None:
    for text in ("SELECT " + "a," * 100_000 + "a", "(" * 1_000_000, "SELECT \ud800"):
        assert len(masking.masked(text)) <= masking.SHOWN + 1
        assert masking.fingerprint(text)


# Writers that meet, and writers that die

WRITER = """
import sys
from pathlib import Path
from dbengineer.tools.audit import Audit
audit = Audit(Path(sys.argv[1]), who=sys.argv[2], channel="cli")
for n in range(int(sys.argv[3])):
    audit.append({"by": "product", "i": n, "filler": "x" * (n % 900)}, durable=False)
"""


def writer(log: Path, who: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(log), who, str(count)])


def test_processes_that_write_at_once_make_one_chain(log: Path) -> None:
    writers = [writer(log, f"w{n}", 200) for n in range(4)]
    assert [process.wait(60) for process in writers] == [0] * 4
    found = verify(log)
    assert (found.ok, found.lines) == (True, 800)


def test_writers_that_are_killed_leave_a_chain_that_goes_on(log: Path) -> None:
    for n in range(3):
        process = writer(log, f"w{n}", 1_000_000)
        while not log.exists() or verify(log).lines < (n + 1) * 50:
            time.sleep(0.01)
        process.kill()
        process.wait()
    Audit(log, who="ana", channel="cli").append({"by": "product"})
    assert verify(log).ok


def torn(log: Path, keep: int) -> bytes:
    """The log whose last line was cut, as a crash leaves it."""
    whole = filled(log).splitlines(keepends=True)
    log.write_bytes(b"".join(whole[:-1]) + whole[-1][:keep])
    return whole[-1][:keep]


def test_a_torn_last_line_is_told_of_and_the_chain_goes_on_with_a_note(log: Path) -> None:
    torn(log, 40)
    assert (verify(log).ok, verify(log).torn, verify(log).lines) == (True, 1, 4)
    Audit(log, who="ana", channel="cli").append({"by": "product"})
    assert (verify(log).ok, verify(log).torn, verify(log).lines) == (True, 1, 6)
    note = json.loads(log.read_bytes().splitlines()[-2])
    assert (note["note"], note["bytes"]) == ("a torn line", 40)


def test_a_line_that_lacks_only_its_end_of_line_is_whole(log: Path) -> None:
    torn(log, -1)
    Audit(log, who="ana", channel="cli").append({"by": "product"})
    assert (verify(log).ok, verify(log).torn, verify(log).lines) == (True, 0, 6)


def test_a_torn_line_that_was_changed_after_it_was_noted_is_found(log: Path) -> None:
    part = torn(log, 40)
    Audit(log, who="ana", channel="cli").append({"by": "product"})
    log.write_bytes(log.read_bytes().replace(part + b"\n", part[:-1] + b"!\n"))
    assert (verify(log).ok, verify(log).line) == (False, 5)


# Those who change it


def filled(log: Path, count: int = 5) -> bytes:
    audit = Audit(log, who="ana", channel="cli")
    for n in range(count):
        audit.append({"by": "person", "statement": f"f{n}"}, durable=False)
    return log.read_bytes()


Change = Callable[[list[bytes]], list[bytes]]


def forged(line: bytes) -> bytes:
    """A line with another content and the hash that fits it."""
    import hashlib

    held = json.loads(line)
    del held["hash"]
    body = json.dumps(held | {"statement": "harmless"}, separators=(",", ":"))
    return f'{body[:-1]},"hash":"{hashlib.sha256(body.encode()).hexdigest()}"}}\n'.encode()


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        (lambda had: [*had[:2], had[2].replace(b"f2", b"f9"), *had[3:]], 3, "was changed"),
        (lambda had: [*had[:4], had[4].replace(b"f4", b"f9")], 5, "was changed"),
        (lambda had: [*had[:2], b"\n", *had[3:]], 3, "was changed"),
        (lambda had: [*had[:2], b'{"n":3}\n', b"[1]\n", *had[3:]], 3, "was changed"),
        (lambda had: [*had[:2], forged(had[2]), *had[3:]], 3, "was replaced"),
        (lambda had: [*had[:2], *had[3:]], 3, "line 3 was removed"),
        (lambda had: [had[0], had[4]], 2, "lines 2 to 4 were removed"),
        (lambda had: had[1:], 1, "line 1 was removed"),
        (lambda had: [had[0], had[2], had[1], *had[3:]], 2, "the order was changed"),
        (lambda had: [*had[:3], had[1], *had[3:]], 4, "the order was changed, or lines were put in"),
    ],
)
def test_whoever_changes_a_line_is_found_out(log: Path, change: Change, line: int, problem: str) -> None:
    log.parent.mkdir(parents=True)
    had = filled(log).splitlines(keepends=True)
    log.write_bytes(b"".join(change(had)))
    found = verify(log)
    assert not found.ok
    assert found.line == line
    assert problem in found.problem
    Audit(log, who="ana", channel="cli").append({"by": "product"})
    assert not verify(log).ok


def test_lines_removed_from_the_end_show_against_a_head_that_was_kept(log: Path) -> None:
    had = filled(log).splitlines(keepends=True)
    head = verify(log).head
    log.write_bytes(b"".join(had[:-2]))
    assert verify(log).ok
    assert "removed from the end" in verify(log, head).problem
    filled(log)
    assert not verify(log, head).ok


def test_a_head_that_was_kept_is_found_when_lines_were_added(log: Path) -> None:
    filled(log)
    head = verify(log).head
    filled(log)
    assert verify(log, head) == verify(log).model_copy(update={"since_kept": 5})


def test_an_empty_log_is_whole_and_a_missing_one_is_an_error(log: Path) -> None:
    Audit(log, who="ana", channel="cli")
    assert verify(log) == Verified(ok=True, lines=0)
    assert not verify(log, "a" * 64).ok
    with pytest.raises(FileNotFoundError):
        verify(log.with_name("none"))
