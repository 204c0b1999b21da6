-- title: Pages have no checksums
-- deliverable: backup
-- severity: medium
-- examines: settings
-- why: A disk that gives back wrong bytes is not noticed and ends up in every backup.
-- advice: Stop the server cleanly, run pg_checksums --enable on its data directory, start it again; it is the default since PostgreSQL 18.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail
FROM pg_settings s
WHERE s.name = 'data_checksums' AND s.setting = 'off'
ORDER BY object
