"""The tools for backup, monitoring, recovery and security, run on PostgreSQL 18 and 15 by a role that may only read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from psycopg.conninfo import make_conninfo

from dbengineer.tools.facts import Result
from dbengineer.tools.monitoring import exporter, measure
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.toolbox import call
from dbengineer.tools.workbench import Rows, Workbench

SHOP = """
CREATE ROLE role_reader LOGIN;
CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text);
INSERT INTO customer (email) SELECT 'user' || i FROM generate_series(1, 300) i;
CREATE TABLE secret (id int, token text);
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON customer USING (true);
CREATE FUNCTION peek() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM secret';
REVOKE EXECUTE ON FUNCTION peek() FROM PUBLIC;
GRANT SELECT ON customer TO role_reader;
GRANT INSERT ON secret TO PUBLIC;
REVOKE INSERT ON secret FROM PUBLIC;
GRANT SELECT ON secret TO PUBLIC;
"""

Open = Callable[..., Workbench]


@pytest.fixture(params=["18", "15"])
def shop(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Database]]:
    """A small shop on either version."""
    old = request.param == "15"
    server: Server = request.getfixturevalue("old_server" if old else "server")
    database: Database = request.getfixturevalue("old_database" if old else "database")
    database.script(SHOP)
    yield server, database
    database.script("DROP OWNED BY role_reader; DROP ROLE role_reader")


@pytest.fixture
def bench(shop: tuple[Server, Database], tmp_path: Path) -> Iterator[Open]:
    """Opens a workbench, as the reading role or as the superuser."""
    server, database = shop
    opened: list[Workbench] = []

    def open_bench(*, user: str = "role_reader", rows: Rows = "none") -> Workbench:
        url = make_conninfo(server.conninfo(database.name), user=user)
        opened.append(Workbench(Target.open(url, trust_role=user == "postgres"), tmp_path, rows=rows))
        return opened[-1]

    yield open_bench
    for each in opened:
        each.close()


def text(bench: Workbench, path: str) -> str:
    return (bench.out / path).read_text()


def cited(bench: Workbench, result: Result) -> None:
    """Every evidence that a result or one of its files names was really made."""
    for artefact in result.artefacts:
        for evidence in re.findall(r"ev-[0-9a-f]{16}", text(bench, artefact.path)):
            assert evidence in bench.ledger, (artefact.path, evidence)
    assert result.evidence
    assert all(e in bench.ledger for e in result.evidence)


def test_the_backup_plan_is_whole_and_its_scripts_parse(bench: Open) -> None:
    opened = bench()
    result = call(opened, "backup_plan", {})
    cited(opened, result)
    plan = text(opened, "backup/plan.md")
    assert "no drill was done in this run" in plan
    assert "not measured: fetch the dump, pg_restore and ANALYZE" in plan
    subprocess.run(["bash", "-n", opened.out / "backup/backup.sh"], check=True)
    names = {a.path for a in result.artefacts}
    assert ("backup/systemd/postgresql-backup-incremental.timer" in names) == (opened.target.version >= 170000)


def test_only_settings_that_the_version_has_are_asked_for(bench: Open, shop: tuple[Server, Database]) -> None:
    opened = bench()
    call(opened, "backup_plan", {})
    lines = text(opened, "backup/postgresql.conf").splitlines()
    asked = {line.split(" = ")[0] for line in lines if " = " in line and not line.startswith("#")}
    known = {row["name"] for row in shop[1].query("SELECT name FROM pg_settings")}
    assert asked
    assert {name for name in asked if "." not in name} <= known


def test_a_larger_allowed_loss_makes_dumps_alone_enough(bench: Open) -> None:
    opened = bench()
    result = call(opened, "backup_plan", {"rpo_minutes": 2880})
    assert "dumps alone" in result.summary
    assert not any("pg_basebackup" in text(opened, a.path) for a in result.artefacts if a.path.endswith(".sh"))
    subprocess.run(["bash", "-n", opened.out / "backup/backup.sh"], check=True)


def test_systemd_accepts_the_units(bench: Open) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed here")
    opened = bench()
    call(opened, "backup_plan", {})
    units = opened.out / "backup/systemd"
    service = units / "postgresql-backup@.service"
    service.write_text(service.read_text().replace("/usr/local/bin/postgresql-backup.sh", "/bin/true"))
    files = [str(f) for f in units.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert "postgresql-backup" not in done.stderr
    for timer in units.glob("*.timer"):
        calendar = next(line for line in timer.read_text().splitlines() if line.startswith("OnCalendar="))
        subprocess.run(
            ["systemd-analyze", "calendar", calendar.removeprefix("OnCalendar=")], check=True, capture_output=True
        )


def test_verify_sql_runs_on_the_database_it_was_made_for(bench: Open, shop: tuple[Server, Database]) -> None:
    opened, (server, database) = bench(), shop
    call(opened, "backup_plan", {})
    file = (opened.out / "backup/verify.sql").read_bytes()
    command = [server.bin_dir / "psql", "-X", "-A", "-v", "ON_ERROR_STOP=1", "--dbname", server.conninfo(database.name)]
    done = subprocess.run(command, input=file, capture_output=True, check=True)
    assert b"public.customer|300|" in done.stdout


def test_the_drill_restores_compares_and_feeds_the_plan(bench: Open) -> None:
    opened = bench(user="postgres", rows="copy")
    drill = call(opened, "restore_drill", {})
    assert "passed" in drill.summary
    assert drill.findings == ()
    cited(opened, drill)
    protocol = json.loads(text(opened, "backup/drill.json"))
    assert {t["table"]: t["restored"]["rows"] for t in protocol["comparison"]["tables"]}["public.customer"] == 300
    assert [c["noticed"] for c in protocol["controls"]][:2] == [True, True]
    call(opened, "backup_plan", {})
    assert "no drill was done" not in text(opened, "backup/plan.md")
    assert drill.evidence[-1] in text(opened, "backup/plan.md")
    call(opened, "recovery_plan", {})
    assert drill.evidence[-1] in text(opened, "recovery.md")


def test_a_row_lost_in_the_restore_fails_the_drill(bench: Open) -> None:
    opened = bench(user="postgres", rows="copy")
    opened.restored.database.script("DELETE FROM public.customer WHERE id = 7")
    from dbengineer.tools.backups import drill

    todo = drill.comparing.jobs(drill.contents.tables(opened.target))
    before = drill.comparing.digests(opened.target, todo)
    protocol = drill._compared(opened, opened.restored, todo, before, {})
    assert protocol.verdict.startswith("failed")
    assert protocol.comparison.faults == ("table public.customer: 300 rows, restored 299",)


def test_a_copy_older_than_the_drill_is_made_anew(bench: Open, shop: tuple[Server, Database]) -> None:
    opened = bench(user="postgres", rows="copy")
    assert opened.restored.dump_bytes > 0
    shop[1].script("INSERT INTO public.customer (email) VALUES ('written after the copy')")
    assert "passed" in call(opened, "restore_drill", {}).summary


def test_without_leave_to_copy_rows_the_drill_says_that_rows_were_not_tested(bench: Open) -> None:
    opened = bench()
    result = call(opened, "restore_drill", {})
    assert "rows were not tested" in result.summary
    untested = next(c for c in result.coverage if c.what == "tables whose rows were restored")
    assert (untested.examined, untested.total) == (0, 2)
    call(opened, "backup_plan", {})
    assert "rates not measured" in text(opened, "backup/plan.md")


def test_the_rules_parse_and_name_only_metrics_that_an_exporter_gives(bench: Open) -> None:
    opened = bench()
    result = call(opened, "monitoring", {})
    cited(opened, result)
    rules = yaml.safe_load(text(opened, "monitoring/alerts.yaml"))["groups"][0]["rules"]
    queries = exporter.queries(opened.target.version // 10000)
    custom = {f"{name}_{column}" for name, q in queries.items() for column, usage, _ in q.metrics if usage != "LABEL"}
    builtin = {
        "pg_up",
        "pg_stat_activity_count",
        "pg_stat_database_deadlocks",
        "pg_stat_database_blks_hit",
        "pg_stat_database_blks_read",
        "pg_database_size_bytes",
    }
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[mh]", rule["for"])
        metrics = set(re.findall(r"\bpg_\w+", rule["expr"]))
        assert metrics <= custom | builtin, rule["alert"]
    assert len({r["alert"] for r in rules}) == len(rules)


def test_the_custom_queries_run_on_the_version_they_are_for(bench: Open) -> None:
    opened = bench()
    call(opened, "monitoring", {})
    for name, query in yaml.safe_load(text(opened, "monitoring/queries.yaml")).items():
        rows = opened.target.query(query["query"].strip())
        columns = [column for metric in query["metrics"] for column in metric]
        assert all(list(row) == columns for row in rows), name


def test_the_dashboard_shows_the_three_key_metrics_in_sql_that_any_role_may_run(bench: Open) -> None:
    opened = bench()
    call(opened, "monitoring", {})
    dashboard = json.loads(text(opened, "monitoring/dashboard.json"))
    panels = [p for p in dashboard["panels"] if p["type"] != "row"]
    sql = {p["title"]: p["targets"][0]["rawSql"] for p in panels if "rawSql" in p["targets"][0]}
    assert list(sql) == ["Active queries", "Table sizes", "Cache hit ratio"]
    for title, statement in sql.items():
        assert opened.target.query(statement.rstrip(";")), title
    sizes = opened.target.query(sql["Table sizes"].rstrip(";"))
    assert {row["table"] for row in sizes} == {"public.customer", "public.secret"}
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in dashboard["panels"]]
    assert len(set(places)) == len(places)


def test_the_key_metrics_file_is_the_sql_of_the_panels() -> None:
    assert [k.title for k in measure.key_metrics()] == ["Active queries", "Table sizes", "Cache hit ratio"]
    assert all(k.sql.startswith("SELECT") and k.sql.endswith(";") for k in measure.key_metrics())


def test_the_recovery_plan_has_commands_a_time_or_the_reason_for_none(bench: Open) -> None:
    opened = bench()
    result = call(opened, "recovery_plan", {})
    cited(opened, result)
    plan = text(opened, "recovery.md")
    for title in ("Dropped table", "Bad deploy", "Disk or server lost", "Region lost", "Corruption", "Ransomware"):
        assert f". {title}" in plan
    for block in plan.split("```sh\n")[1:]:
        script = block.split("```")[0]
        subprocess.run(["bash", "-n"], input=re.sub(r"<([\w ]+)>", r"_\1_", script), text=True, check=True)
    assert "not measured: mend the cause" in plan


@pytest.fixture
def managed(shop: tuple[Server, Database]) -> Iterator[None]:
    """The sign by which Amazon RDS is known."""
    shop[1].script("CREATE ROLE rds_superuser")
    yield
    shop[1].script("DROP ROLE rds_superuser")


@pytest.mark.usefixtures("managed")
def test_a_managed_service_gets_its_own_commands_and_an_independent_dump(bench: Open) -> None:
    opened = bench()
    plan = call(opened, "backup_plan", {})
    files = {a.path for a in plan.artefacts}
    assert "backup/postgresql.conf" not in files
    assert "backup/systemd/postgresql-backup-dump.timer" in files
    assert "aws rds describe-db-instances" in text(opened, "backup/plan.md")
    assert "restore-db-instance-to-point-in-time" in text(opened, "backup/restore.md")
    assert "pg_basebackup" not in text(opened, "backup/backup.sh") + text(opened, "backup/restore.md")
    subprocess.run(["bash", "-n", opened.out / "backup/backup.sh"], check=True)
    call(opened, "recovery_plan", {})
    assert "not measured: restore by the service" in text(opened, "recovery.md")
    call(opened, "monitoring", {})
    assert "PostgresArchiveFailing" not in text(opened, "monitoring/alerts.yaml")
    assert "PostgresDiskFull" not in text(opened, "monitoring/alerts.yaml")


def test_the_audit_shows_state_and_says_what_it_could_not_see(bench: Open) -> None:
    opened = bench()
    result = call(opened, "security_audit", {})
    cited(opened, result)
    audit = text(opened, "security.md")
    assert "| public | SELECT | 1 | secret |" in audit
    assert "| peek() | postgres | **not set** | no |" in audit.replace("public.peek()", "peek()")
    assert "| public.customer | yes | no | 1 |" in audit
    unseen = {c.what for c in result.coverage if not c.complete}
    assert {"password hashes", "pg_hba.conf"} <= unseen
    assert "Not assessable over SQL with this role" in audit
    assert "The review's own role can change nothing" in audit


def test_a_superuser_sees_the_rest_and_the_audit_says_that_it_was_one(bench: Open) -> None:
    opened = bench(user="postgres")
    call(opened, "security_audit", {})
    audit = text(opened, "security.md")
    assert "| local | all | all |" in audit
    assert "it is a superuser" in audit
