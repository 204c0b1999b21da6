SELECT 1 AS examined, 1 AS total, '' AS because
