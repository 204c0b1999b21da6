"""Managed services: which one this is, by its roles, functions and settings, and what that changes."""

from __future__ import annotations

from typing import Literal

from dbengineer.tools.facts import Fact

Service = Literal["", "aurora", "rds", "cloudsql", "supabase", "azure", "neon"]

SIGNS = """
SELECT (SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles
        WHERE rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'supabase_admin', 'azure_pg_admin',
                          'neon_superuser')) AS roles,
       EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version') AS aurora,
       (SELECT array_agg(DISTINCT split_part(name, '.', 1)) FROM pg_settings
        WHERE name ~ '^(rds|cloudsql|azure|neon)[.]') AS settings
"""


class Managed(Fact):
    """What a managed service does for backups; commands name its own command line."""

    name: str
    backups: str
    retention: str
    restore: str
    point_in_time: str
    latest: str
    trap: str


SERVICES: dict[Service, Managed] = {
    "rds": Managed(
        name="Amazon RDS for PostgreSQL",
        backups="automated snapshots and log upload every 5 minutes, run by the service",
        retention="0 to 35 days; 0 switches backups off",
        restore="a restore always creates a NEW instance",
        point_in_time='aws rds restore-db-instance-to-point-in-time --source-db-instance-identifier "$INSTANCE" '
        '--target-db-instance-identifier "$INSTANCE-restored" --restore-time "$WHEN"',
        latest='aws rds describe-db-instances --db-instance-identifier "$INSTANCE" '
        "--query 'DBInstances[0].[BackupRetentionPeriod,LatestRestorableTime,DeletionProtection,StorageEncrypted]'",
        trap="automated backups go with the instance unless retained; copy snapshots to another account and region",
    ),
    "aurora": Managed(
        name="Amazon Aurora PostgreSQL",
        backups="continuous backup of the storage volume, run by the service",
        retention="1 to 35 days",
        restore="a restore always creates a NEW cluster, to which instances have to be added",
        point_in_time='aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier "$CLUSTER" '
        '--db-cluster-identifier "$CLUSTER-restored" --restore-to-time "$WHEN"',
        latest='aws rds describe-db-clusters --db-cluster-identifier "$CLUSTER" '
        "--query 'DBClusters[0].[BackupRetentionPeriod,LatestRestorableTime,DeletionProtection,StorageEncrypted]'",
        trap="automated backups go with the cluster unless retained; copy snapshots to another account and region",
    ),
    "cloudsql": Managed(
        name="Google Cloud SQL for PostgreSQL",
        backups="automated daily backups and archived write-ahead log, run by the service",
        retention="7 or 15 automated backups by default; log retention of point-in-time recovery is set in days",
        restore="point-in-time recovery always creates a NEW instance (a clone)",
        point_in_time='gcloud sql instances clone "$INSTANCE" "$INSTANCE-restored" --point-in-time "$WHEN"',
        latest="gcloud sql instances describe \"$INSTANCE\" --format='yaml(settings.backupConfiguration)'",
        trap="after an instance is deleted its backups stay for a few days only",
    ),
    "supabase": Managed(
        name="Supabase",
        backups="daily backups on paid plans; point-in-time recovery is an add-on",
        retention="by plan (7, 14 or 30 days); the free plan has none",
        restore="a restore replaces the project and takes it offline meanwhile",
        point_in_time='Dashboard > Database > Backups > Point in Time (restore to "$WHEN")',
        latest="Dashboard > Database > Backups",
        trap="daily backups leave out passwords of custom roles, and Storage objects are not in the database",
    ),
    "azure": Managed(
        name="Azure Database for PostgreSQL flexible server",
        backups="automated backups and log archive, run by the service",
        retention="7 to 35 days",
        restore="a restore always creates a NEW server",
        point_in_time='az postgres flexible-server restore --resource-group "$GROUP" --name "$SERVER-restored" '
        '--source-server "$SERVER" --restore-time "$WHEN"',
        latest='az postgres flexible-server show --resource-group "$GROUP" --name "$SERVER" --query backup',
        trap="backups go with the server; geo-redundancy can only be chosen when the server is created",
    ),
    "neon": Managed(
        name="Neon",
        backups="history of the storage, kept by the service",
        retention="the history window of the plan",
        restore="a branch is made from a point in time",
        point_in_time='neonctl branches create --name restored --parent "main@$WHEN"',
        latest='neonctl projects get "$PROJECT" (history_retention_seconds)',
        trap="history ends with the window, and with the project",
    ),
}

_BY_ROLE: dict[str, Service] = {
    "rds_superuser": "rds",
    "cloudsqlsuperuser": "cloudsql",
    "supabase_admin": "supabase",
    "azure_pg_admin": "azure",
    "neon_superuser": "neon",
}


def service(roles: list[str], settings: list[str], aurora: bool) -> Service:
    """The managed service that roles, setting prefixes and functions give away, or an empty string for none."""
    if aurora:
        return "aurora"
    by_role = next((_BY_ROLE[r] for r in _BY_ROLE if r in roles), "")
    by_setting = next((s for s in ("rds", "cloudsql", "azure", "neon") if s in settings), "")
    return by_role or by_setting  # type: ignore[return-value]
