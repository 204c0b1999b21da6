-- title: Large table that is read from end to end
-- deliverable: indexes
-- severity: medium
-- examines: tables
-- why: Query after query reads all rows to find a few, and the time grows with the table.
-- advice: Look at the statements that read it and give them an index; what needs all rows needs none.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       concat_ws(
         ', ',
         format('%s times %s rows read from end to end', s.seq_scan, s.seq_tup_read / nullif(s.seq_scan, 0)),
         format('%s index scans', coalesce(s.idx_scan, 0)),
         pg_size_pretty(pg_relation_size(c.oid)),
         'since ' || to_char(coalesce(d.stats_reset, pg_postmaster_start_time()), 'YYYY-MM-DD HH24:MI')
       ) AS detail
FROM pg_stat_user_tables s
JOIN pg_class c ON c.oid = s.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_stat_database d ON d.datname = current_database()
WHERE c.relkind = 'r'
  -- large, often, and not merely begun: LIMIT 1 reads one row
  AND s.n_live_tup >= 10000 AND s.seq_scan >= 100 AND s.seq_tup_read >= s.seq_scan * s.n_live_tup / 2
  AND s.seq_scan >= coalesce(s.idx_scan, 0) / 20
  -- not what an index has put right since (PostgreSQL 16 knows when it was last read so)
  AND coalesce((to_jsonb(s) ->> 'last_seq_scan')::timestamptz > now() - interval '7 days', true)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
