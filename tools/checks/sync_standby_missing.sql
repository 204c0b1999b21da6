-- title: A synchronous standby is missing
-- deliverable: recovery
-- severity: critical
-- examines: replicas
-- why: Commits wait for it without end.
-- advice: Bring the standby back, or take it out of synchronous_standby_names and reload.
WITH wanted AS (
  SELECT s.setting, coalesce(substring(s.setting FROM '^\s*(?:[A-Za-z]+\s+)?(\d+)\s*\(')::integer, 1) AS number
  FROM pg_settings s
  WHERE s.name = 'synchronous_standby_names' AND s.setting <> ''
), there AS (
  SELECT count(*) AS number
  FROM pg_stat_replication r
  WHERE r.sync_state IN ('sync', 'quorum')
)
SELECT 'synchronous_standby_names' AS object,
       format('%s needs %s, connected are %s', w.setting, w.number, t.number) AS detail
FROM wanted w, there t
WHERE t.number < w.number AND NOT pg_is_in_recovery()
ORDER BY object
