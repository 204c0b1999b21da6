-- title: Random reads are priced for spinning disks
-- deliverable: monitoring
-- severity: info
-- examines: settings
-- why: On SSD or network storage the default of 4 keeps the planner from using indexes that would be faster.
-- advice: Set random_page_cost to 1.1 if the data directory is on SSD; compare plans first.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, '1.1') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'random_page_cost' AND s.setting = '4'
ORDER BY object
