-- title: Nothing ends what takes forever
-- deliverable: queries
-- severity: medium
-- examines: timeouts
-- why: One statement, lock or forgotten transaction without an end holds up everybody else, and vacuum too.
-- advice: Set it per role to what that role needs (ALTER ROLE … SET), with a generous value for the server as the last resort; pg_dump turns it off for itself.
-- Our own session has timeouts of its own: reset_val is what it would have without them.
WITH wanted (name, value) AS (
  VALUES ('statement_timeout', '60s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '60s')
), given AS (
  SELECT split_part(c.line, '=', 1) AS name, r.rolname IS NOT DISTINCT FROM session_user AS ours
  FROM pg_db_role_setting d
  LEFT JOIN pg_roles r ON r.oid = d.setrole
  CROSS JOIN unnest(d.setconfig) AS c (line)
  WHERE split_part(c.line, '=', 2) ~ '[1-9]'
)
SELECT s.name AS object,
       format('%s is 0, and no role or database has one of its own', s.name) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, w.value) AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM wanted w
JOIN pg_settings s USING (name)
WHERE s.reset_val = '0'
  AND NOT EXISTS (SELECT FROM given g WHERE g.name = s.name AND NOT g.ours)
ORDER BY object
