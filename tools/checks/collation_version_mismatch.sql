-- title: Text sorts differently than when indexes were built
-- deliverable: monitoring
-- severity: high
-- examines: collations
-- why: An index in another order does not find rows that are there, and unique indexes let duplicates in.
-- advice: REINDEX every index on text of that collation, then ALTER COLLATION … REFRESH VERSION or ALTER DATABASE … REFRESH COLLATION VERSION; pg_amcheck shows what is broken.
-- postgres: 13-14
SELECT quote_ident(l.collname) AS object,
       format('made with version %s, the system has %s', l.collversion, pg_collation_actual_version(l.oid)) AS detail
FROM pg_collation l
WHERE l.collversion <> pg_collation_actual_version(l.oid)
  AND EXISTS (SELECT FROM pg_index i WHERE l.oid = ANY (i.indcollation::oid[]))
ORDER BY object
-- postgres: 15-
SELECT quote_ident(l.collname) AS object,
       format('made with version %s, the system has %s', l.collversion, pg_collation_actual_version(l.oid)) AS detail
FROM pg_collation l
WHERE l.collversion <> pg_collation_actual_version(l.oid)
  AND EXISTS (SELECT FROM pg_index i WHERE l.oid = ANY (i.indcollation::oid[]))
UNION ALL
SELECT format('database %I', d.datname),
       format('made with version %s, the system has %s', d.datcollversion, pg_database_collation_actual_version(d.oid))
FROM pg_database d
WHERE d.datname = current_database() AND d.datcollversion <> pg_database_collation_actual_version(d.oid)
ORDER BY object
