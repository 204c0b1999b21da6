"""The security audit: encryption and access control as the catalog shows them."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.readings import Readings

OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

SETTINGS = """
SELECT name, setting FROM pg_settings
WHERE name IN ('ssl', 'ssl_min_protocol_version', 'ssl_ciphers', 'ssl_ca_file', 'ssl_cert_file', 'ssl_crl_file',
               'password_encryption', 'data_checksums', 'listen_addresses', 'data_directory_mode', 'log_file_mode',
               'log_connections', 'log_statement', 'authentication_timeout', 'row_security', 'krb_server_keyfile')
ORDER BY 1
"""
SESSIONS = """
SELECT CASE WHEN s.pid IS NULL THEN 'hidden from this role'
            WHEN a.client_addr IS NULL THEN 'local socket'
            WHEN s.ssl THEN coalesce(s.version, 'TLS') || ', ' || coalesce(s.cipher, '?')
            ELSE 'NOT encrypted' END AS transport, count(*)::int AS sessions
FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid)
WHERE a.backend_type IN ('client backend', 'walsender') OR a.backend_type IS NULL GROUP BY 1 ORDER BY 1
"""
HIDDEN = """
SELECT count(*) FILTER (WHERE backend_type IS NOT NULL)::int AS seen, count(*)::int AS total FROM pg_stat_activity
"""
ROLES = """
SELECT r.rolname AS role, r.rolcanlogin AS login, r.rolsuper AS superuser, r.rolcreaterole AS createrole,
       r.rolcreatedb AS createdb, r.rolreplication AS replication, r.rolbypassrls AS bypassrls,
       r.rolconnlimit AS connections, r.rolvaliduntil::text AS valid_until,
       ARRAY(SELECT g.rolname || CASE WHEN m.admin_option THEN ' (admin)' ELSE '' END
             FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS member_of
FROM pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY r.rolsuper DESC, r.rolcanlogin DESC, 1
"""
PASSWORDS = """
SELECT rolname AS role, CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'md5%' THEN 'md5'
                             WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256' ELSE 'other' END AS kind
FROM pg_authid WHERE rolcanlogin ORDER BY 1
"""
HBA = """
SELECT line_number AS line, type, array_to_string(database, ',') AS databases, array_to_string(user_name, ',') AS users,
       address, netmask, auth_method AS method, error FROM pg_hba_file_rules ORDER BY line_number
"""
GRANTS = f"""
SELECT n.nspname AS schema, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
       a.privilege_type AS privilege, count(*)::int AS objects, min(c.relname::text) AS example
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS} AND a.grantee <> c.relowner
GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
"""
OWNERS = f"""
SELECT r.rolname AS owner, r.rolcanlogin AS login, r.rolsuper AS superuser, count(*)::int AS tables
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p') AND {OURS} GROUP BY 1, 2, 3 ORDER BY 4 DESC
"""
SCHEMAS = f"""
SELECT n.nspname AS schema, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
WHERE {OURS} AND a.grantee <> n.nspowner GROUP BY 1, 2 ORDER BY 1, 2
"""
ROW_SECURITY = f"""
SELECT n.nspname || '.' || c.relname AS "table", c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       count(p.oid)::int AS policies
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND {OURS} GROUP BY 1, 2, 3 HAVING c.relrowsecurity OR count(p.oid) > 0 ORDER BY 1
"""
DEFINERS = f"""
SELECT p.oid::regprocedure::text AS function, p.proowner::regrole::text AS owner,
       coalesce((SELECT c FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%%'), 'not set') AS search_path,
       EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0) AS public
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND {OURS} ORDER BY 1
""".replace("%%", "%")
DEFAULTS = """
SELECT d.defaclrole::regrole::text AS creator, coalesce(d.defaclnamespace::regnamespace::text, 'all schemas') AS schema,
       d.defaclobjtype::text AS kind,
       CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""

QUESTIONS: dict[str, str] = {
    "encryption settings": SETTINGS,
    "sessions by transport": SESSIONS,
    "sessions seen": HIDDEN,
    "roles": ROLES,
    "password hashes": PASSWORDS,
    "pg_hba.conf": HBA,
    "owners of tables": OWNERS,
    "privileges on tables": GRANTS,
    "privileges on schemas": SCHEMAS,
    "row level security": ROW_SECURITY,
    "SECURITY DEFINER functions": DEFINERS,
    "default privileges": DEFAULTS,
}
"""What the audit asks, in the order of the report."""

NOT_OVER_SQL: tuple[tuple[str, str], ...] = (
    ("Disks, snapshots and backups are encrypted at rest; keys are kept apart", "lsblk, mount, cloud API"),
    ("Data folder 0700, pg_hba.conf 0600 or 0640, key file 0600, umask", "stat on the host"),
    ("WAL, logs and temporary files on file systems of their own", "mount"),
    ("Firewall and security group; no public address", "cloud API, nmap from outside"),
    (
        "Certificate is valid, not about to expire, checked by clients (sslmode=verify-full)",
        "openssl s_client -starttls postgres",
    ),
    ("No passwords in environments, shell history, service files, code", "host files, secret scanner"),
    ("sudo rights and login of the operating system user postgres", "/etc/sudoers, passwd"),
    (
        "Packages come from a trusted source and are of the latest minor release",
        "dpkg or rpm, postgresql.org/support/security",
    ),
    ("FIPS mode of OpenSSL, if it is demanded", "openssl version, sysctl"),
    ("Logs leave the host and are watched", "log pipeline"),
    ("Backups are encrypted, off-site, immutable, and a restore was proven", "backup/drill.md"),
    ("Who has the superuser's credentials, and when they were last changed", "vault, interviews"),
)


class Answer(Fact):
    """The rows of one question, with its evidence; not `seen` where the server refused."""

    rows: tuple[dict[str, Any], ...]
    evidence: str
    seen: bool


def ask(readings: Readings) -> dict[str, Answer]:
    """Every question of the audit by name."""
    answers = {}
    for what, sql in QUESTIONS.items():
        rows = readings.rows(what, sql)
        evidence = readings.ids.get(what, "")
        answers[what] = Answer(rows=tuple(rows), evidence=evidence, seen=bool(evidence))
    seen = answers["sessions seen"].rows
    if seen:
        because = "details of other roles' sessions need pg_monitor"
        readings.partly("sessions whose transport can be seen", seen[0]["seen"], seen[0]["total"], because)
    return answers


def writers(answers: dict[str, Answer]) -> list[dict[str, Any]]:
    """Who may change tables: grants of writing privileges by schema and grantee."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in answers["privileges on tables"].rows:
        if row["privilege"] in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "MAINTAIN"):
            privilege = f"{row['privilege']} on {row['objects']}"
            found.setdefault((row["grantee"], row["schema"]), []).append(privilege)
    return [{"grantee": g, "schema": s, "privileges": ", ".join(p)} for (g, s), p in found.items()]


def to_public(answers: dict[str, Answer]) -> list[dict[str, Any]]:
    """What PUBLIC, that is every role, may do with tables."""
    return [r for r in answers["privileges on tables"].rows if r["grantee"] == "PUBLIC"]
