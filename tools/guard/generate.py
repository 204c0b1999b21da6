"""Makes functions.txt from the catalog of a PostgreSQL server and the review below.

Run it on a new major version: `python -m dbengineer.tools.guard.generate`, then read the difference.
A function is allowed when PostgreSQL itself declares every overload free of side effects and no rule below says
otherwise; a volatile one only by name. What nobody has reviewed is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbengineer.tools.guard.functions import FILE

if TYPE_CHECKING:
    from dbengineer.tools.scratch.database import Database

REFUSED = (
    ("executes SQL text", r"(cursor|database|query|schema|table)_to_xml.*|ts_stat|ts_rewrite"),
    (
        "reads or writes files of the server",
        r"pg_read_.*file|pg_ls_.*|pg_stat_file|pg_current_logfile|pg_config|pg_extension_update_paths|"
        r"pg_(hba_file_rules|ident_file_mappings|show_all_file_settings)|pg_available_wal_summaries|pg_wal_summary_.*",
    ),
    ("reads or writes large objects", r"lo_.*|loread|lowrite"),
    (
        "signals or controls the server",
        r"pg_(cancel|terminate)_backend|pg_reload_conf|pg_rotate_logfile(_old)?|pg_promote|pg_log_.*|"
        r"pg_wal_replay_.*|pg_import_system_collations|pg_stop_making_pinned_objects|binary_upgrade_.*|pg_nextoid",
    ),
    ("changes settings of the session", r"set_config|setseed"),
    ("takes locks", r"pg_(try_)?advisory_.*|pg_export_snapshot|currtid2?"),
    ("waits", r"pg_sleep.*|pg_isolation_test_.*"),
    (
        "writes, or makes WAL",
        r"nextval|setval|pg_logical_.*|pg_.*replication_slots?|pg_replication_(origin_(?!oid).*|slot_.*)|pg_switch_(wal|xlog)|"
        r"pg_create_restore_point|pg_(start|stop)_backup|pg_backup_(start|stop)|pg_current_xact_id|txid_current|"
        r"brin_(de)?summarize_.*|gin_clean_pending_list|pg_(restore|clear)_.*_stats",
    ),
    ("changes statistics", r"pg_stat_reset.*|pg_stat_clear_snapshot|pg_stat_force_next_flush"),
    ("sends a message to other sessions", r"pg_notify"),
    (
        "has a meaning only inside the server",
        r"pg_event_trigger_.*|fmgr_.*_validator|plpgsql_.*|pg_extension_config_dump",
    ),
)
UNREVIEWED = "is volatile and was not reviewed"
# Functions that match a rule above by name only.
HARMLESS = frozenset({"pg_get_replication_slots", "pg_stat_get_replication_slot"})
# Functions that are gone from the newest version and still in supported ones (13 and later).
GONE = ("pg_start_backup", "pg_stop_backup", "pg_rotate_logfile_old")

VOLATILE = re.compile(
    r"array_sample|array_shuffle|clock_timestamp|timeofday|random|random_normal|gen_random_uuid|uuidv[47]|current_query|"
    r"pg_blocking_pids|pg_safe_snapshot_blocking_pids|pg_(database_)?collation_actual_version|pg_control_\w+|"
    r"pg_current_wal_\w*lsn|pg_(database|indexes|relation|table|tablespace|total_relation)_size|"
    r"pg_get_(aios|backend_memory_contexts|loaded_modules|multixact_members|sequence_data|wait_events)|"
    r"pg_get_(shmem_allocations(_numa)?|wal_replay_pause_state|wal_resource_managers|wal_summarizer_state)|"
    r"pg_is_in_recovery|pg_is_wal_replay_paused|pg_jit_available|pg_last_\w+|pg_lock_status|"
    r"pg_notification_queue_usage|pg_partition_(ancestors|tree)|pg_prepared_xact|pg_sequence_last_value|"
    r"pg_show_replication_origin_status|pg_stat_get_\w+|pg_stat_have_stats|pg_xact_\w+|txid_status"
)
# What only the product's own, reviewed SQL may call.
OURS = (
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_ls_archive_statusdir",
    "pg_ls_waldir",
    "pg_show_all_file_settings",
)

EXTENSIONS = """
    btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray isn ltree pg_buffercache
    pg_stat_statements pg_trgm seg unaccent vector
"""
VOLATILE_OF_EXTENSIONS = re.compile(
    r"pg_stat_statements(_info)?|pg_buffercache_(pages|numa_pages|summary|usage_counts)|show_limit"
)
# Extensions that the embedded server does not have; these of their functions compute and do nothing else.
BY_HAND = {
    "pgcrypto": "armor crypt dearmor decrypt digest encrypt gen_random_bytes gen_salt hmac pgp_key_id",
    "postgis": """
        && <-> <#> @ ~ box2d box3d geography geometry geometrytype st_area st_asbinary st_asewkt st_asgeojson st_askml
        st_astext st_aswkb st_asmvt st_asmvtgeom st_azimuth st_boundary st_buffer st_centroid st_closestpoint
        st_clusterdbscan st_clusterkmeans st_collect st_contains st_convexhull st_coveredby st_covers st_crosses
        st_difference st_dimension st_disjoint st_distance st_distancesphere st_dump st_dumppoints st_dwithin
        st_endpoint st_envelope st_equals st_expand st_extent st_force2d st_geogfromtext
        st_geohash st_geometryn st_geometrytype
        st_geomfromgeojson st_geomfromtext st_geomfromwkb st_intersection st_intersects st_isempty st_issimple
        st_isvalid
        st_isvalidreason st_length st_linemerge st_makeenvelope st_makeline st_makepoint st_makepolygon st_makevalid
        st_maxdistance st_multi st_npoints st_numgeometries st_numpoints st_overlaps st_perimeter st_point
        st_pointonsurface st_project st_setsrid st_simplify st_snaptogrid st_srid st_startpoint st_tileenvelope
        st_touches st_transform st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z
    """,
    "uuid-ossp": "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil",
}

# Functions that take or give back `internal` and its like cannot be called from SQL, or are the input and output
# of types; the planner's volatility counts the worst overload of a name.
NAMES = """
SELECT p.proname AS name, max(p.provolatile::text) AS volatility
FROM pg_proc AS p
LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
LEFT JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE p.prokind <> 'p' AND CASE WHEN %s = '' THEN e.oid IS NULL AND p.pronamespace = %s::regnamespace
                                ELSE e.extname = %s END
  AND NOT EXISTS (
    SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) AS used (type)
    JOIN pg_type AS t ON t.oid = used.type
    WHERE t.typname IN ('internal', 'cstring', 'trigger', 'event_trigger', 'pg_ddl_command')
       OR t.typname LIKE '%%_handler')
GROUP BY p.proname ORDER BY p.proname COLLATE "C"
"""
OPERATORS = """
SELECT DISTINCT o.oprname COLLATE "C" AS name
FROM pg_operator AS o
JOIN pg_proc AS p ON p.oid = o.oprcode
JOIN pg_depend AS d ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE e.extname = %s AND p.provolatile <> 'v' ORDER BY 1
"""


def refusal(name: str, volatility: str) -> str:
    """Why a built-in function is refused, or nothing."""
    if name in HARMLESS:
        return ""
    for why, pattern in REFUSED:
        if re.fullmatch(pattern, name):
            return why
    return UNREVIEWED if volatility == "v" and not VOLATILE.fullmatch(name) else ""


def builtin(database: Database, schema: str) -> list[dict[str, Any]]:
    """The functions of a schema that belong to no extension."""
    return database.query(NAMES, ("", schema, ""))


def of_extension(database: Database, extension: str) -> list[str]:
    """The functions and operators of an extension that only compute."""
    database.script(f'CREATE EXTENSION IF NOT EXISTS "{extension}" CASCADE')
    functions = [
        row["name"]
        for row in database.query(NAMES, (extension, "pg_catalog", extension))
        if row["volatility"] != "v" or VOLATILE_OF_EXTENSIONS.fullmatch(row["name"])
    ]
    return functions + [row["name"] for row in database.query(OPERATORS, (extension,))]


def render(database: Database) -> str:
    """The text of functions.txt for the server of an empty database, in which it creates extensions."""
    rows = builtin(database, "pg_catalog")
    why = {row["name"]: refusal(row["name"], row["volatility"]) for row in rows}
    refused = {name: reason for name, reason in why.items() if reason}
    refused |= {name: refusal(name, "v") for name in GONE}
    sections = {
        "pg_catalog": [name for name, reason in why.items() if not reason],
        "information_schema": [r["name"] for r in builtin(database, "information_schema") if r["volatility"] != "v"],
        "ours": OURS,
        "refused": [f"{name} {reason}" for name, reason in sorted(refused.items())],
        **{extension: of_extension(database, extension) for extension in EXTENSIONS.split()},
        **{extension: names.split() for extension, names in BY_HAND.items()},
    }
    head = "# Made by `python -m dbengineer.tools.guard.generate`; the review is in generate.py. Do not edit.\n"
    return head + "".join(f"\n[{section}]\n" + "\n".join(names) + "\n" for section, names in sections.items())


def main(file: Path = FILE) -> None:
    """Writes functions.txt from a scratch server."""
    from dbengineer.tools.scratch.server import Server

    with Server.start() as server:
        database = server.create("functions")
        file.write_text(render(database), encoding="utf-8")
        database.close()


if __name__ == "__main__":  # pragma: no cover
    main()
