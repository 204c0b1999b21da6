-- title: Multixact ids run out
-- deliverable: monitoring
-- severity: critical
-- examines: databases
-- why: At two thousand million the server refuses to write until everything was vacuumed.
-- advice: Find what holds vacuum back (old transactions, slots, prepared transactions, autovacuum off), then run VACUUM FREEZE on the oldest tables.
SELECT d.datname::text AS object,
       format('its oldest id is %s ids old', mxid_age(d.datminmxid)) AS detail
FROM pg_database d
WHERE mxid_age(d.datminmxid) > 500000000
  AND (mxid_age(d.datminmxid) > 1.2 * current_setting('autovacuum_multixact_freeze_max_age')::bigint OR mxid_age(d.datminmxid) > 1200000000)
ORDER BY object
