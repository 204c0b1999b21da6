-- title: Index that a longer one makes superfluous
-- deliverable: indexes
-- severity: low
-- examines: indexes
-- why: The longer index answers the same queries; this one only costs room and time at every write.
-- advice: Drop it, unless it is so much smaller that a hot query is visibly faster with it.
SELECT format('%I.%I', n.nspname, ac.relname) AS object,
       format('%I (%s) begins with the same columns; this one takes %s', longer.index, longer.size,
              pg_size_pretty(pg_relation_size(ac.oid))) AS detail,
       format('DROP INDEX %s%I.%I', d.how, n.nspname, ac.relname) AS fix,
       regexp_replace(replace(pg_get_indexdef(a.indexrelid), ' ON ONLY ', ' ON '), '^CREATE INDEX ',
                      'CREATE INDEX ' || d.how) AS undo
FROM pg_index a
JOIN pg_class ac ON ac.oid = a.indexrelid
JOIN pg_am m ON m.oid = ac.relam AND m.amname = 'btree'
JOIN pg_class c ON c.oid = a.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_user_indexes used ON used.indexrelid = a.indexrelid
CROSS JOIN LATERAL (SELECT CASE WHEN ac.relkind = 'i' THEN 'CONCURRENTLY ' ELSE '' END AS how) d
CROSS JOIN LATERAL (
  SELECT bc.relname AS index, pg_size_pretty(pg_relation_size(bc.oid)) AS size
  FROM pg_index b
  JOIN pg_class bc ON bc.oid = b.indexrelid AND bc.relam = ac.relam
  LEFT JOIN pg_stat_user_indexes u ON u.indexrelid = b.indexrelid
  WHERE b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid AND b.indisvalid
    -- more key columns, or the same ones and others carried along
    AND (b.indnkeyatts > a.indnkeyatts OR b.indnkeyatts = a.indnkeyatts AND b.indnatts > a.indnatts)
    AND (b.indkey::int2[])[0:a.indnkeyatts - 1] = (a.indkey::int2[])[0:a.indnkeyatts - 1]
    AND (b.indkey::int2[]) @> (a.indkey::int2[])
    AND (b.indoption::int2[])[0:a.indnkeyatts - 1] = (a.indoption::int2[])[0:a.indnkeyatts - 1]
    AND (b.indclass::oid[])[0:a.indnkeyatts - 1] = (a.indclass::oid[])[0:a.indnkeyatts - 1]
    AND (b.indcollation::oid[])[0:a.indnkeyatts - 1] = (a.indcollation::oid[])[0:a.indnkeyatts - 1]
    AND pg_get_expr(b.indpred, b.indrelid) IS NOT DISTINCT FROM pg_get_expr(a.indpred, a.indrelid)
    -- where only the short one is used, the long one is to go
    AND (b.indisunique OR coalesce(u.idx_scan, 0) > 0 OR coalesce(used.idx_scan, 0) = 0)
  ORDER BY b.indnkeyatts, b.indnatts, bc.relname
  LIMIT 1
) longer
WHERE NOT a.indisunique AND a.indisvalid AND NOT a.indisreplident AND NOT a.indisclustered AND a.indexprs IS NULL
  AND NOT ac.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
