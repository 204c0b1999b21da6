SELECT count(DISTINCT k.oid) AS examined, count(DISTINCT k.oid) AS total, '' AS because
FROM pg_index i
CROSS JOIN unnest(i.indcollation::oid[]) AS k (oid)
WHERE k.oid <> 0
