"""The disasters: how each is noticed, what to type, how long it takes, how to verify."""

from __future__ import annotations

from dbengineer.tools.backups.arithmetic import Assumptions, Part, Sum, afterwards, people
from dbengineer.tools.backups.measure import Facts
from dbengineer.tools.backups.plan import Plan
from dbengineer.tools.facts import Fact

BACKUP_DIR = "/var/backups/postgresql"


class Scenario(Fact):
    """One disaster; `commands` is shell for this server, `time` the sum of what it takes."""

    title: str
    notice: str
    first: str
    commands: str
    time: Sum
    loss: str
    verify: str


def scenarios(facts: Facts, plan: Plan, assumed: Assumptions) -> tuple[Scenario, ...]:
    """All of them, for a server of one's own or for a managed service."""
    made = [
        dropped_table(facts, plan),
        accidental_delete(facts, plan),
        bad_deploy(facts, plan),
        disk_loss(facts, plan),
        region_loss(facts, plan, assumed),
        corruption(facts, plan),
        ransomware(facts, plan),
        lost_replica(facts, plan, assumed),
        full_wal(facts, assumed),
        credential_leak(facts, assumed),
    ]
    return tuple(made)


def whole(facts: Facts, plan: Plan) -> tuple[str, Sum]:
    """How everything is restored by the plan's method, beside what is there, and how long that takes."""
    if plan.managed:
        return f"WHEN='<UTC time just before>'\n{plan.managed.point_in_time}", unknown(plan.managed.name)
    if plan.method == "dump":
        return (
            f"createdb restored\npg_restore --dbname=restored --jobs=4 --exit-on-error {BACKUP_DIR}/dump/<timestamp>/{facts.database}",
            plan.rto_dump,
        )
    assert plan.rto is not None
    if plan.method == "pgbackrest":
        stanza = f"pgbackrest --stanza={facts.database}"
        command = f"{stanza} info\n{stanza} --type=time --target='<time just before>' --target-action=promote --archive-mode=off restore"
        return command, plan.rto
    return "# Section \"Point in time\" of backup/restore.md, with WHEN='<time just before>'", plan.rto


def unknown(service: str) -> Sum:
    """A service's own restore: nobody has measured it yet."""
    how = f"not measured: restore once with {service} and write the time here"
    return Sum(name="expected time", parts=(Part(name="restore by the service", seconds=None, how=how),))


def with_unknown(time: Sum, name: str, how: str) -> Sum:
    """The same time with a part that nobody can know beforehand, so that no total is promised."""
    return Sum(name=time.name, parts=(Part(name=name, seconds=None, how=how), *time.parts))


def loss(plan: Plan) -> str:
    """What is lost when everything has to come from the backups."""
    from dbengineer.tools.texts import duration

    if plan.managed:
        return "up to the service's latest restorable time"
    today = duration(plan.rpo_now.seconds) if plan.rpo_now else "everything since the last backup"
    planned = duration(plan.rpo.seconds) if plan.rpo else "not measured"
    return f"today: {today}; with the backup plan in place: {planned}"


def dropped_table(facts: Facts, plan: Plan) -> Scenario:
    """A table was dropped: restore beside, copy it back."""
    command, time = whole(facts, plan)
    back = "\n".join((
        command,
        "# Copy the table back from the restored server (port 5433) into the running one:",
        f"pg_dump -p 5433 --table='<schema>.<table>' --format=custom --file=table.dump '{facts.database}'",
        "pg_restore --list table.dump                       # read what it is going to make",
        f"pg_restore --dbname='{facts.database}' --single-transaction table.dump",
        f"psql -X -d '{facts.database}' -c 'ANALYZE <schema>.<table>'",
    ))  # fmt: skip
    return Scenario(
        title="Dropped table",
        notice='Errors "relation does not exist" in the application; log_statement = ddl names who and when.',
        first="Note the time. Stop what writes to the tables that refer to it. A replica has lost it as well.",
        commands=back,
        time=time,
        loss="what was written to this table after the time chosen",
        verify="Row count and hash of the table (backup/verify.sql) against the last known; foreign keys that CASCADE has dropped.",
    )


def accidental_delete(facts: Facts, plan: Plan) -> Scenario:
    """Rows were deleted or updated by mistake: restore beside, put the rows back."""
    command, time = whole(facts, plan)
    back = "\n".join((
        command,
        "# The rows that are missing, by primary key, from the restored server (port 5433):",
        f"psql -X -p 5433 -d '{facts.database}' -c \"\\copy (SELECT * FROM <schema>.<table> WHERE <condition>) TO 'rows.copy'\"",
        f"psql -X -d '{facts.database}' <<'SQL'",
        "BEGIN;",
        "CREATE TEMP TABLE lost (LIKE <schema>.<table>);",
        "\\copy lost FROM 'rows.copy'",
        "INSERT INTO <schema>.<table> OVERRIDING SYSTEM VALUE SELECT * FROM lost ON CONFLICT DO NOTHING;  -- compare the count, then",
        "COMMIT;",
        "SQL",
    ))  # fmt: skip
    return Scenario(
        title="Accidental delete or update",
        notice="A person says so, or a count of rows falls.",
        first="Note the time to the second. Do not run VACUUM by hand. Do not restore over the running database.",
        commands=back,
        time=time,
        loss="nothing, if the rows were not changed again since",
        verify="Counts on both sides; constraints; totals that the owner of the data knows.",
    )


def bad_deploy(facts: Facts, plan: Plan) -> Scenario:
    """A migration or release damaged data: the way back of the migration first, a restore only if it has none."""
    command, time = whole(facts, plan)
    return Scenario(
        title="Bad deploy",
        notice="Errors or wrong data right after a release; the migration table names the last one.",
        first="Stop the release and put the previous version back. Note the time before the migration.",
        commands="# 1. If the migration has a proven way down (migrations/ in this report), use that:\n"
        "alembic downgrade -1        # or the undo script of Flyway\n"
        "# 2. Otherwise restore beside and copy back what it damaged, as for a dropped table:\n" + command,
        time=time,
        loss="with a way down none; otherwise what was written since the deploy has to be merged by hand",
        verify="The migration table, the application's smoke test, backup/verify.sql.",
    )


def disk_loss(facts: Facts, plan: Plan) -> Scenario:
    """Disk or server are gone: promote a standby if there is one, otherwise restore."""
    command, time = whole(facts, plan)
    promote = ""
    if facts.replicas and not plan.managed:
        names = ", ".join(r.name for r in facts.replicas)
        promote = (
            f"# Standbys that were connected: {names}. Make sure that the old primary is off (fencing), then on the one that is ahead:\n"
            "psql -X -d postgres -c 'SELECT pg_last_wal_replay_lsn()'   # on each; the highest wins\n"
            "psql -X -d postgres -c 'SELECT pg_promote()'\n"
            "# Without a standby:\n"
        )
    return Scenario(
        title="Disk or server lost",
        notice="PostgresDown; I/O errors or PANIC in the server log.",
        first="Do not start the server again on a dying disk: every write makes it worse.",
        commands=promote + command,
        time=time,
        loss=loss(plan),
        verify="pg_is_in_recovery() is false, backup/verify.sql, smoke test; then a full backup at once.",
    )


def region_loss(facts: Facts, plan: Plan, assumed: Assumptions) -> Scenario:
    """The whole site is gone: the off-site copy, on new machines."""
    command, time = whole(facts, plan)
    how = "assumed: three times the provisioning of one server (network, secrets, images)"
    more = Part(name="a new site", seconds=assumed.provision_minutes * 60 * 2, how=how)
    return Scenario(
        title="Region lost",
        notice="The provider's status page; PostgresDown together with everything else.",
        first="Decide who declares it. Nothing here works if the off-site copy, the keys and this file are in the lost region.",
        commands="# On a server in the other region, from the off-site copy:\n" + command,
        time=Sum(name=time.name, parts=(*time.parts, more)),
        loss=loss(plan) + "; plus the age of the off-site copy (not visible over SQL)",
        verify="As for a lost disk; DNS, certificates and secrets of the new region.",
    )


def corruption(facts: Facts, plan: Plan) -> Scenario:
    """Pages or indexes are damaged: find how far it goes, then rebuild an index or restore."""
    command, time = whole(facts, plan)
    checks = [
        f"psql -X -d '{facts.database}' -c 'SELECT datname, checksum_failures FROM pg_stat_database WHERE checksum_failures > 0'"
    ]
    if facts.major >= 14:
        checks.append("pg_amcheck --all --heapallindexed --parent-check --install-missing")
    else:
        checks.append(
            "# amcheck: CREATE EXTENSION amcheck; SELECT bt_index_parent_check(oid, true) for each B-tree index"
        )
    checks += ["# An index alone:", f"psql -X -d '{facts.database}' -c 'REINDEX INDEX CONCURRENTLY <schema>.<index>'"]
    checks += ["# A table or the catalog: restore to before the damage.", command]
    state = facts.settings.get("data_checksums")
    known = (
        "on: reads fail with a checksum error"
        if state == "on"
        else "OFF: damage is noticed late, by wrong results or crashes"
    )
    return Scenario(
        title="Corruption",
        notice=f'"invalid page", "could not read block"; checksum_failures above 0. Data checksums are {known}.',
        first="Stop the server and copy the data folder before anything else. Switch the pruning of backups off: find the last clean one.",
        commands="\n".join(checks),
        time=with_unknown(time, "find the last clean backup", "not measured: depends on the age of the damage"),
        loss=loss(plan) + "; more if the damage is older",
        verify="pg_amcheck without a message, a full pg_dump to /dev/null, backup/verify.sql.",
    )


def ransomware(facts: Facts, plan: Plan) -> Scenario:
    """Somebody encrypts or deletes, backups too: only a copy that nobody can change is left."""
    command, time = whole(facts, plan)
    return Scenario(
        title="Ransomware or sabotage",
        notice="Files renamed, backups deleted, unknown roles or jobs; PostgresBackupOld.",
        first="Cut the network, keep the evidence, call security. Rotate all keys before anything is restored.",
        commands="# On NEW machines, from the immutable copy (object lock), with keys from escrow:\n" + command + "\n"
        "# Before the clients return: who may log in, and what runs by itself?\n"
        f"psql -X -d '{facts.database}' -c 'SELECT rolname, rolsuper, rolcreaterole, rolreplication FROM pg_roles WHERE rolcanlogin'\n"
        f"psql -X -d '{facts.database}' -c 'SELECT evtname, evtfoid::regproc FROM pg_event_trigger'",
        time=with_unknown(time, "containment and forensics", "not measured: days rather than minutes"),
        loss="back to the last copy before the intruder came in: days, not minutes",
        verify="security.md of this report, made again on what was restored.",
    )


def lost_replica(facts: Facts, plan: Plan, assumed: Assumptions) -> Scenario:
    """A standby is gone or too far behind: make it again."""
    slowest = min(assumed.network_mb_s, assumed.disk_write_mb_s) * 1024 * 1024
    copy = Part(
        name="copy the cluster",
        seconds=facts.bytes / slowest,
        how=f"measured size / {slowest / 1024 / 1024:g} MB/s (assumed)",
    )
    if plan.managed:
        commands = "# Delete and create the read replica with the service's console or command line."
    else:
        commands = (
            "# On the standby, as postgres, server stopped and its data folder moved away:\n"
            f"pg_basebackup --host=<primary> --port={facts.settings.get('port', '5432')} --username=<replication role> \\\n"
            "  --pgdata=<data folder> --checkpoint=fast --wal-method=stream --write-recovery-conf --create-slot --slot=<name>\n"
            "pg_ctl --pgdata=<data folder> start\n"
            "# On the primary: a slot that nobody uses any more keeps WAL until the disk is full.\n"
            'psql -X -d postgres -c "SELECT slot_name, active, restart_lsn FROM pg_replication_slots"\n'
            "psql -X -d postgres -c \"SELECT pg_drop_replication_slot('<old name>')\""
        )
    now = ", ".join(f"{r.name} ({r.state})" for r in facts.replicas) or "none was connected when this was made"
    return Scenario(
        title="Lost replica",
        notice=f"PostgresReplicaMissing, PostgresReplicaLag. Standbys: {now}.",
        first="If it was synchronous, commits hang: take it out of synchronous_standby_names and reload.",
        commands=commands,
        time=Sum(name="expected time", parts=(*people(assumed)[:2], copy))
        if not plan.managed
        else unknown(plan.managed.name),
        loss="none on the primary",
        verify="pg_stat_replication shows state streaming and a falling replay_lag.",
    )


def full_wal(facts: Facts, assumed: Assumptions) -> Scenario:
    """pg_wal fills the disk: find what holds it back; never delete in it."""
    commands = "\n".join((
        "# What holds WAL back?",
        "psql -X -d postgres -c 'SELECT * FROM pg_stat_archiver'                       # a failing archive",
        "psql -X -d postgres -c 'SELECT slot_name, active, wal_status, restart_lsn FROM pg_replication_slots'",
        "psql -X -d postgres -c \"SELECT name, setting FROM pg_settings WHERE name IN ('wal_keep_size', 'max_wal_size', 'max_slot_wal_keep_size')\"",
        "# Mend the archive, or drop the slot that nobody uses:",
        "psql -X -d postgres -c \"SELECT pg_drop_replication_slot('<name>')\"",
        "psql -X -d postgres -c 'CHECKPOINT'",
        "# The server does not start any more: enlarge the file system or move other files off it. NEVER delete in pg_wal.",
    ))  # fmt: skip
    parts = (people(assumed)[0], people(assumed)[1])
    rate = "not measured" if facts.wal is None else f"{facts.wal * 3600 / 1024**2:,.1f} MB an hour at the measured rate"
    return Scenario(
        title="pg_wal full",
        notice=f'PANIC "could not write to file pg_wal"; PostgresArchiveFailing, PostgresSlotRetainsWal. WAL grows {rate}.',
        first="Free space is not visible over SQL: df on the host. Delete nothing in pg_wal.",
        commands=commands
        if not facts.service
        else commands.replace(
            "# The server does not start", "# With the service: enlarge the storage. # The server does not start"
        ),
        time=Sum(
            name="expected time",
            parts=(*parts, Part(name="mend", seconds=None, how="not measured: depends on the cause")),
        ),
        loss="none, as long as nothing was deleted by hand",
        verify="pg_stat_archiver: failed_count stands still, last_archived_time is new; free space grows after CHECKPOINT.",
    )


def credential_leak(facts: Facts, assumed: Assumptions) -> Scenario:
    """A password or key is known to others: shut it out, then see what was done with it."""
    commands = "\n".join((
        "psql -X -d postgres <<'SQL'",
        "ALTER ROLE \"<role>\" NOLOGIN;",
        "SELECT pid, client_addr, application_name, backend_start, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '<role>';",
        "SQL",
        "# A new secret, typed and never in a command line or a log:  psql -X -d postgres, then  \\password <role>",
        "psql -X -d postgres -c 'ALTER ROLE \"<role>\" LOGIN'",
        "# What could it do, and what did it leave?",
        f"psql -X -d '{facts.database}' -c \"SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE pg_has_role('<role>', oid, 'MEMBER')\"",
        "grep -h 'user=<role>' <server log>     # needs %u in log_line_prefix and log_connections",
    ))  # fmt: skip
    time = Sum(name="expected time", parts=(*people(assumed)[:2], *afterwards(assumed)))
    return Scenario(
        title="Leaked credential",
        notice="Secret scanner, an unknown client_addr in pg_stat_activity, logins at strange hours.",
        first="Shut the role out first, ask afterwards. If it is a superuser's, treat the host as lost (ransomware).",
        commands=commands,
        time=time,
        loss="confidentiality: have the data protection officer decide whether it must be reported",
        verify="No session of the role from before; the application works with the new secret; security.md made again.",
    )
