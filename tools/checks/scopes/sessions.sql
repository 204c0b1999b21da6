-- The server shows that the sessions of other roles are there, and hides what they do.
SELECT count(*) FILTER (WHERE visible) AS examined,
       count(*) AS total,
       CASE WHEN bool_and(visible) THEN '' ELSE 'the sessions of other roles are hidden from this role: GRANT pg_read_all_stats' END AS because
FROM (
  SELECT coalesce(a.query, '') <> '<insufficient privilege>' AS visible
  FROM pg_stat_activity a
  WHERE a.usename IS NOT NULL
) s
