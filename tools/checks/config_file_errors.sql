-- title: The configuration has errors
-- deliverable: monitoring
-- severity: medium
-- examines: configuration files
-- why: The server would not start again, or starts without the setting.
-- advice: Correct the line, then SELECT pg_reload_conf() and look again.
SELECT format('%s line %s', coalesce(substring(f.sourcefile FROM '[^/]+$'), 'configuration'), coalesce(f.sourceline, 0)) AS object,
       concat_ws(': ', f.name, f.error) AS detail
FROM pg_file_settings f
LEFT JOIN pg_settings s ON s.name = f.name
WHERE f.error IS NOT NULL AND NOT coalesce(s.pending_restart, false)
ORDER BY object
