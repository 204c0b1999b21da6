-- A timeout that the reviewing role or its connection has hides the one of the server, unless another role shows it.
WITH given AS (
  SELECT split_part(c.line, '=', 1) AS name, r.rolname IS NOT DISTINCT FROM session_user AS ours
  FROM pg_db_role_setting d
  LEFT JOIN pg_roles r ON r.oid = d.setrole
  CROSS JOIN unnest(d.setconfig) AS c (line)
  WHERE split_part(c.line, '=', 2) ~ '[1-9]'
), timeout AS (
  SELECT s.name,
         (s.source = 'client' OR EXISTS (SELECT FROM given g WHERE g.name = s.name AND g.ours))
         AND NOT EXISTS (SELECT FROM given g WHERE g.name = s.name AND NOT g.ours) AS hidden
  FROM pg_settings s
  WHERE s.name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
)
SELECT count(*) FILTER (WHERE NOT t.hidden) AS examined,
       count(*) AS total,
       coalesce('the reviewing role or its connection sets ' || string_agg(t.name, ', ' ORDER BY t.name) FILTER (WHERE t.hidden) || ' for itself', '') AS because
FROM timeout t
