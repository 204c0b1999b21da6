-- title: Most updates write every index
-- deliverable: queries
-- severity: info
-- examines: table statistics
-- why: An update that changes no indexed column and finds room in its page can leave the indexes alone.
-- advice: Drop indexes on columns that change often, or lower the fillfactor of the table.
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       format('%s of %s updates left the indexes alone', s.n_tup_hot_upd, s.n_tup_upd) AS detail
FROM pg_stat_user_tables s
WHERE s.n_tup_upd > 10000 AND s.n_tup_hot_upd < 0.5 * s.n_tup_upd
ORDER BY object
