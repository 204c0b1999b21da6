-- title: A role can become superuser
-- deliverable: security
-- severity: critical
-- examines: roles
-- why: Through its memberships it may SET ROLE to a superuser.
-- advice: Revoke the last membership of the path.
-- PostgreSQL 16 and later know memberships that do not allow SET ROLE.
WITH RECURSIVE edge AS (
  SELECT a.member, a.roleid, bool_or(a.admin_option) AS admin_option
  FROM pg_auth_members a
  WHERE coalesce(to_jsonb(a) ->> 'set_option', 'true') = 'true'
  GROUP BY a.member, a.roleid
), path AS (
  SELECT e.member AS start, e.member AS before, e.roleid AS reached, ARRAY[e.member, e.roleid] AS steps, e.admin_option
  FROM edge e
  UNION ALL
  SELECT p.start, e.member, e.roleid, p.steps || e.roleid, e.admin_option
  FROM path p
  JOIN edge e ON e.member = p.reached
  WHERE e.roleid <> ALL (p.steps)
)
SELECT m.rolname || ' to ' || s.rolname AS object,
       (
         SELECT string_agg(r.rolname, ' → ' ORDER BY w.place)
         FROM unnest(min(p.steps)) WITH ORDINALITY w (role, place)
         JOIN pg_roles r ON r.oid = w.role
       ) AS detail,
       string_agg(DISTINCT format('REVOKE %I FROM %I', s.rolname, b.rolname), '; ') AS fix,
       string_agg(DISTINCT format('GRANT %I TO %I%s', s.rolname, b.rolname, CASE WHEN p.admin_option THEN ' WITH ADMIN OPTION' END), '; ') AS undo
FROM path p
JOIN pg_roles m ON m.oid = p.start
JOIN pg_roles b ON b.oid = p.before
JOIN pg_roles s ON s.oid = p.reached
WHERE s.rolsuper AND m.rolcanlogin AND NOT m.rolsuper AND NOT b.rolsuper
GROUP BY m.rolname, s.rolname
ORDER BY object
