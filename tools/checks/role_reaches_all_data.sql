-- title: A role that signs in reaches the data of everybody
-- deliverable: security
-- severity: low
-- examines: roles
-- why: No grant, and where it may copy no policy, holds it back: who has its password has all tables, also those that are made later.
-- advice: Grant what its work needs instead; keep REPLICATION for replicas and backups, and let pg_hba.conf name their addresses.
SELECT m.rolname || ' in ' || r.rolname AS object,
       format('%s every table of every database it may connect to',
              CASE r.rolname WHEN 'pg_read_all_data' THEN 'reads' ELSE 'changes' END) AS detail,
       format('REVOKE %I FROM %I', r.rolname, m.rolname) AS fix,
       format('GRANT %I TO %I', r.rolname, m.rolname) AS undo
FROM pg_auth_members a
JOIN pg_roles r ON r.oid = a.roleid
JOIN pg_roles m ON m.oid = a.member
WHERE r.rolname IN ('pg_read_all_data', 'pg_write_all_data')
  AND m.rolcanlogin AND NOT m.rolsuper
  -- backups and this review are there to read everything
  AND NOT (r.rolname = 'pg_read_all_data' AND (m.rolname = current_user OR m.rolname ~* '(dump|backup|barman|archiv)'))
  AND m.rolname !~ '^(rds|cloudsql|azure|supabase_|alloydb|neon_|aiven)'
UNION ALL
SELECT r.rolname,
       'REPLICATION copies every database of the server, and no replica or backup of it was seen',
       format('ALTER ROLE %I NOREPLICATION', r.rolname),
       format('ALTER ROLE %I REPLICATION', r.rolname)
FROM pg_roles r
WHERE r.rolcanlogin AND r.rolreplication AND NOT r.rolsuper
  AND r.rolname !~* '(repl|standby|backup|barman|wal|patroni|debezium|cdc|sync)'
  AND r.rolname !~ '^(rds|cloudsql|azure|supabase_|alloydb|neon_|aiven)'
  AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.usesysid = r.oid AND s.backend_type = 'walsender')
  -- one that owns tables is told of as a role with too much power
  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)
ORDER BY object
