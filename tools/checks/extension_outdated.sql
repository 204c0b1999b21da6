-- title: An extension was not updated with its files
-- deliverable: security
-- severity: low
-- examines: extensions
-- why: The server has the new files, the database still the old definitions: fixes are missing.
-- advice: ALTER EXTENSION … UPDATE, after reading its release notes.
SELECT e.name::text AS object,
       format('installed is %s, the files are of %s', e.installed_version, e.default_version) AS detail,
       format('ALTER EXTENSION %I UPDATE', e.name) AS fix
FROM pg_available_extensions e
WHERE e.installed_version <> e.default_version
ORDER BY object
