SELECT count(*) AS examined, count(*) AS total, '' AS because
FROM pg_roles
WHERE rolname !~ '^pg_'
