"""What a statement leaves behind on a server: everything that can be seen of it from outside."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

CATALOG = """
SELECT 'catalog' AS what, md5(string_agg(line, E'\\n' ORDER BY line)) AS state FROM (
  SELECT concat('c', oid, relname, relnamespace, relkind, relowner, relacl, relrowsecurity, relfilenode, reloptions,
                relpersistence) AS line FROM pg_class WHERE relpersistence <> 't'
  UNION ALL SELECT concat('p', oid, proname, proacl, prosrc, proowner) FROM pg_proc
  UNION ALL SELECT concat('n', oid, nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
  UNION ALL SELECT concat('a', attrelid, attnum, attname, atttypid, attacl) FROM pg_attribute
            JOIN pg_class ON pg_class.oid = attrelid WHERE attrelid >= 16384 AND relpersistence <> 't'
  UNION ALL SELECT concat('r', oid, rolname, rolsuper, rolconfig, rolconnlimit) FROM pg_roles
  UNION ALL SELECT concat('d', oid, datname, datacl, datconnlimit) FROM pg_database
  UNION ALL SELECT concat('s', setdatabase, setrole, setconfig) FROM pg_db_role_setting
  UNION ALL SELECT concat('x', oid, extname) FROM pg_extension
  UNION ALL SELECT concat('k', objoid, classoid, description) FROM pg_description WHERE objoid >= 16384
  UNION ALL SELECT concat('e', oid, evtname) FROM pg_event_trigger
  UNION ALL SELECT concat('m', roleid, member) FROM pg_auth_members
  UNION ALL SELECT concat('f', umid, umoptions) FROM pg_user_mappings
) AS lines
UNION ALL SELECT 'large objects', md5(concat(
  (SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_largeobject_metadata),
  (SELECT string_agg(md5(data), ' ' ORDER BY loid, pageno) FROM pg_largeobject)))
UNION ALL SELECT 'server settings', md5(string_agg(concat(name, reset_val), ' ' ORDER BY name)) FROM pg_settings
UNION ALL SELECT 'loaded', pg_conf_load_time()::text
UNION ALL SELECT 'started', pg_postmaster_start_time()::text
UNION ALL SELECT 'statistics reset', concat(
  (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
  (SELECT string_agg(stats_reset::text, ' ' ORDER BY name) FROM pg_stat_slru),
  (SELECT stats_reset FROM pg_stat_bgwriter))
UNION ALL SELECT 'slots', concat((SELECT string_agg(slot_name, ' ') FROM pg_replication_slots),
  (SELECT string_agg(roname, ' ') FROM pg_replication_origin))
UNION ALL SELECT 'prepared transactions', (SELECT count(*)::text FROM pg_prepared_xacts)
UNION ALL SELECT 'advisory locks', (SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory')
UNION ALL SELECT 'transactions', pg_snapshot_xmax(pg_current_snapshot())::text
UNION ALL SELECT 'log file', pg_current_logfile()
"""
TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind::text AS kind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1
"""
# What the server writes by itself, and what any reader writes: hints and pruning.
OF_ITS_OWN = "'Standby/RUNNING_XACTS', 'XLOG/FPI_FOR_HINT', 'XLOG/CHECKPOINT_ONLINE', 'XLOG/CHECKPOINT_REDO'"
WAL = f"""
SELECT coalesce(string_agg(DISTINCT name, ' '), '') AS records FROM (
  SELECT concat(resource_manager, '/', record_type) AS name
  FROM public.pg_get_wal_records_info(%s, pg_current_wal_flush_lsn())) AS r
WHERE name NOT IN ({OF_ITS_OWN}) AND name NOT LIKE 'Heap2/PRUNE%%'
"""
FLUSHED = "SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS flushed"
CHANNELS = ("leak", "x", "c", "a", "ch", "exfil")


class Watch:
    """Looks at a server from two sessions of its own: one asks, one listens and must stay alive."""

    def __init__(self, server: Server, database: Database) -> None:
        self.server = server
        self.database = database
        self.database.script("CREATE EXTENSION IF NOT EXISTS pg_walinspect SCHEMA public")
        self.bystander = psycopg.connect(database.conninfo, autocommit=True)
        for channel in CHANNELS:
            self.bystander.execute(f"LISTEN {channel}")
        self.bystander.execute("SELECT 1")

    def look(self) -> dict[str, str]:
        """The state of all that a statement could change; WAL is told as what was written since the last look."""
        rows = self.database.query(CATALOG)
        seen = {row["what"]: str(row["state"]) for row in rows}
        seen["rows"] = " ".join(self._digest(row) for row in self.database.query(TABLES))
        seen["files"] = " ".join(self._files())
        said = self.bystander.execute("SELECT pg_backend_pid()").fetchone()
        seen["bystander"] = str(said)
        return seen

    def heard(self) -> list[str]:
        """The notifications that have come since the last time."""
        self.bystander.execute("SELECT 1")
        return [f"NOTIFY {said.channel}" for said in self.bystander.notifies(timeout=0)]

    def position(self) -> str:
        """Where the WAL ends."""
        return str(self.database.query("SELECT pg_current_wal_insert_lsn() AS lsn")[0]["lsn"])

    def written(self, since: str) -> str:
        """The kinds of WAL records since a position."""
        if self.position() == since:
            return ""
        while not self.database.query(FLUSHED)[0]["flushed"]:
            time.sleep(0.005)
        try:
            return str(self.database.query(WAL, (since,))[0]["records"])
        except (psycopg.errors.InvalidParameterValue, psycopg.errors.InternalError):
            return ""  # the end has moved to a new page, and nothing is on it

    def _digest(self, row: dict[str, Any]) -> str:
        columns = (
            "last_value::text || is_called" if row["kind"] == "S" else "md5(string_agg(t::text, ' ' ORDER BY t::text))"
        )
        return str(self.database.query(f"SELECT {columns} AS d FROM {row['name']} AS t")[0]["d"])

    def _files(self) -> list[str]:
        data = self.server.data
        places = [data, data / "base", *(data / name for name in ("pg_replslot", "pg_tblspc", "log", "pg_snapshots"))]
        found = [f"{p.parent.name}/{p.name}" for place in places if place.is_dir() for p in place.iterdir()]
        auto = (data / "postgresql.auto.conf").read_text()
        kept = [name for name in found if "pgsql_tmp" not in name and "pg_internal" not in name]
        return [*sorted(kept), auto]

    def close(self) -> None:
        """Leaves the server."""
        self.bystander.close()


def differs(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is not as it was; of files, which."""
    return [_told(what, before[what], after.get(what, "")) for what in before if before[what] != after.get(what)]


def _told(what: str, before: str, after: str) -> str:
    names = sorted(set(before.split()) ^ set(after.split()))
    return f"{what}: {' '.join(names)}" if what == "files" else what
