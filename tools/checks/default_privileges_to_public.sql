-- title: New objects are granted to everybody
-- deliverable: security
-- severity: medium
-- examines: default privileges
-- why: Each new table, sequence or schema of this role is open to every role from its first second.
-- advice: Revoke the default; what exists already keeps its privileges and has to be revoked too.
-- Functions and types are open to PUBLIC without any default privilege, so theirs say nothing.
WITH entry AS (
  SELECT r.rolname, n.nspname, a.privilege_type,
         CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS kind
  FROM pg_default_acl d
  JOIN pg_roles r ON r.oid = d.defaclrole
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  CROSS JOIN aclexplode(d.defaclacl) a
  WHERE a.grantee = 0 AND d.defaclobjtype NOT IN ('f', 'T')
), entries AS (
  SELECT e.rolname, e.nspname, e.kind, string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type) AS words,
         format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s', e.rolname, CASE WHEN e.nspname IS NOT NULL THEN format(' IN SCHEMA %I', e.nspname) END) AS change
  FROM entry e
  GROUP BY e.rolname, e.nspname, e.kind
)
SELECT format('%s of %I%s', lower(e.kind), e.rolname, CASE WHEN e.nspname IS NOT NULL THEN format(' in %I', e.nspname) END) AS object,
       format('PUBLIC gets %s', e.words) AS detail,
       format('%s REVOKE %s ON %s FROM PUBLIC', e.change, e.words, e.kind) AS fix,
       format('%s GRANT %s ON %s TO PUBLIC', e.change, e.words, e.kind) AS undo
FROM entries e
ORDER BY object
