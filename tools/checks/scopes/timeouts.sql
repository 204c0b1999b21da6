-- A timeout that the reviewing role or connection has of its own hides the one of the server.
SELECT count(*) FILTER (WHERE NOT hidden) AS examined,
       count(*) AS total,
       CASE WHEN bool_or(hidden) THEN 'the reviewing role or its connection sets ' || string_agg(name, ', ' ORDER BY name) FILTER (WHERE hidden) || ' for itself' ELSE '' END AS because
FROM (
  SELECT s.name,
         s.source = 'client' OR EXISTS (
           SELECT
           FROM pg_db_role_setting d
           JOIN pg_roles r ON r.oid = d.setrole
           CROSS JOIN unnest(d.setconfig) AS c (line)
           WHERE r.rolname = session_user AND c.line LIKE s.name || '=%'
         ) AS hidden
  FROM pg_settings s
  WHERE s.name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
) t
