-- title: A setting waits for a restart
-- deliverable: monitoring
-- severity: low
-- examines: settings
-- why: The server does not run with what its configuration says; the next restart, perhaps in an incident, changes its behaviour.
-- advice: Restart in a planned window, or take the change back.
SELECT s.name AS object,
       format('%s is %s until the next restart', s.name, s.setting) AS detail
FROM pg_settings s
WHERE s.pending_restart
ORDER BY object
