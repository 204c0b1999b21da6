"""The files of a backup plan, really used: settings, full and incremental backup, and a restore to a point in time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.toolbox import call
from dbengineer.tools.workbench import Workbench


class Site:
    """A server to back up, the folder for its backups and the script that does it."""

    def __init__(self, server: Server, database: Database, folder: Path, report: Path) -> None:
        self.server = server
        self.database = database
        self.folder = folder
        self.report = report

    def run(self, command: list[str], **more: str) -> str:
        """Runs a program as the user of the server, with its programs in PATH."""
        socket = str(psycopg.conninfo.conninfo_to_dict(self.server.conninfo())["host"])
        environment = {
            "PATH": f"{self.server.bin_dir}:{os.environ['PATH']}",
            "PGHOST": socket,
            "PGUSER": "postgres",
            "BACKUP_DIR": str(self.folder),
            "TZ": "UTC",
            **more,
        }
        done = subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, text=True, **self.server.account.popen
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def backup(self, kind: str) -> Path:
        """Runs backup.sh; gives back the newest folder of that kind."""
        self.run(["bash", str(self.folder / "backup.sh"), kind], BACKUP_METRICS=str(self.folder))
        where = "dump/*Z" if kind == "dump" else f"base/*-{kind}"
        return max(self.folder.glob(where))


def settings_of(report: Path) -> dict[str, str]:
    """The settings that backup/postgresql.conf wants."""
    return dict(re.findall(r"^(\S+) = '(.*?)'", (report / "backup/postgresql.conf").read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with the settings that the plan for it asked for."""
    report, probe = tmp_path_factory.mktemp("report"), Server.start()
    with probe:
        bench = Workbench(Target.open(probe.conninfo(), trust_role=True), report)
        call(bench, "backup_plan", {})
        bench.target.close()
        folder = Path(f"{probe.home}-backups")
    wanted = settings_of(report)
    folder.mkdir(mode=0o755)
    (folder / "archive").mkdir(mode=0o777)
    probe.account.own(folder)
    probe.account.own(folder / "archive")
    shutil.copy(report / "backup/backup.sh", folder / "backup.sh")
    wanted["basic_archive.archive_directory"] = str(folder / "archive")
    with Server.start(
        settings=wanted | {"synchronous_commit": "on", "wal_level": "replica", "max_wal_senders": "10"}
    ) as server:
        database = server.create("shop")
        yield Site(server, database, folder, report)
        database.close()
    shutil.rmtree(folder)


def archived(site: Site) -> None:
    """Closes the segment in use and waits until it is in the archive."""
    name = site.database.query("SELECT pg_walfile_name(pg_switch_wal()) AS name")[0]["name"]
    deadline = time.monotonic() + 30
    while not (site.folder / "archive" / name).exists():
        assert time.monotonic() < deadline, "the segment was not archived"
        time.sleep(0.05)


def restored(site: Site, full: Path, incremental: Path, when: str) -> list[int]:
    """Restores by the commands of the runbook; gives back what the table holds then."""
    runbook = (site.report / "backup/restore.md").read_text()
    script = next(b for b in re.findall(r"```sh\n(.*?)```", runbook, re.DOTALL) if "recovery.signal" in b)
    target, port = site.folder / "restored", "5999"
    replaced = {
        r"^BACKUP_DIR=.*$": f"BACKUP_DIR={site.folder}",
        r"^RESTORE=.*$": f"RESTORE={target}",
        r"^WHEN=.*$": f"WHEN='{when}'",
        r"^FULL=.*$": f"FULL={full}",
        r"^INCREMENTAL=.*$": f"INCREMENTAL={incremental}",
        r"^port = 5433$": f"port = {port}\nunix_socket_directories = '{site.folder}'",
        r"psql -XAtp 5433": f"psql -XAt -h {site.folder} -p {port}",
    }
    for pattern, text in replaced.items():
        script, hits = re.subn(pattern, text, script, flags=re.MULTILINE)
        assert hits == 1, pattern
    try:
        site.run(["bash", "-c", script])
        rows = site.run(["psql", "-XAt", "-h", str(site.folder), "-p", port, "-d", "shop", "-c", "TABLE witness"])
    finally:
        site.run(["pg_ctl", "-D", str(target), "-m", "immediate", "stop"])
    return sorted(int(row) for row in rows.split())


def test_a_table_dropped_after_the_backups_comes_back_to_the_second(site: Site) -> None:
    site.database.script("CREATE TABLE witness (n int)")
    site.database.script("INSERT INTO witness VALUES (1)")
    full = site.backup("full")
    site.database.script("INSERT INTO witness VALUES (2)")
    incremental = site.backup("incremental")
    site.database.script("INSERT INTO witness VALUES (3)")
    when = str(site.database.query("SELECT clock_timestamp()::text AS at")[0]["at"])
    time.sleep(0.05)
    site.database.script("DROP TABLE witness")
    site.database.script("CREATE TABLE later (n int)")
    archived(site)
    assert (incremental / "backup_manifest").exists()
    assert restored(site, full, incremental, when) == [1, 2, 3]


def test_backups_say_when_they_were_done_and_old_ones_go(site: Site) -> None:
    old = site.backup("full")
    site.database.script("CREATE TABLE after_the_full AS SELECT 1 AS n")
    archived(site)
    # Two fulls beyond the retention: the newer of them has to stay, or the first days could not be restored.
    middle = old.with_name("20200202T000000Z-full")
    oldest = old.with_name("20200101T000000Z-full")
    shutil.copytree(old, oldest)
    shutil.copytree(old, middle)
    for path in (oldest, middle):
        site.server.account.own(path)
        for file in path.rglob("*"):
            site.server.account.own(file)
        os.utime(path, (1_577_836_800, 1_577_836_800))
    site.run(["bash", str(site.folder / "backup.sh"), "prune"])
    assert [p.exists() for p in (oldest, middle, old)] == [False, True, True]
    metric = (site.folder / "postgresql_backup_full.prom").read_text()
    assert re.fullmatch(r'dbengineer_backup_last_success_timestamp_seconds\{kind="full"\} \d+\n', metric)


def test_a_dump_has_the_roles_and_every_database(site: Site) -> None:
    site.database.script("CREATE ROLE role_shop; CREATE TABLE stock AS SELECT 1 AS n")
    dump = site.backup("dump")
    assert "CREATE ROLE role_shop" in (dump / "globals.sql").read_text()
    assert "stock" in site.run(["pg_restore", "--list", str(dump / "shop")])
    assert (dump / "postgres" / "toc.dat").exists()


def test_a_wrong_word_is_refused_with_the_right_ones(site: Site) -> None:
    done = subprocess.run(["bash", site.folder / "backup.sh", "everything"], capture_output=True, text=True)
    assert done.returncode == 64
    assert "full | incremental | dump | prune" in done.stderr
