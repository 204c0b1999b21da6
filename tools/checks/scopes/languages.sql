SELECT count(*) AS examined, count(*) AS total, '' AS because
FROM pg_language
