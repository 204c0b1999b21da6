-- An hour of dashboards.

-- step: what only this database has
UPDATE devices SET secret_key = 'k-' || id || '-abc', is_virtual = CASE WHEN id % 40 = 0 THEN NULL ELSE is_virtual END;
UPDATE alarms SET recipients = 'ada@example.com,ben@example.com';
INSERT INTO device_properties SELECT i, p, 'v' FROM generate_series(1, 400) i, unnest(ARRAY['maker', 'model', 'colour']) p;
INSERT INTO last_values SELECT device_id, metric, max(value), max(taken_at) FROM readings GROUP BY 1, 2;

-- name: curve  calls: 40
-- with: 1 + n
SELECT taken_at, value FROM readings WHERE device_id = $1 AND metric = 'temperature' ORDER BY taken_at DESC LIMIT 100

-- name: latest_of_all  calls: 3
-- with: 0 * n
SELECT DISTINCT ON (r.device_id) r.device_id, r.taken_at, r.value FROM readings r WHERE r.quality >= $1 ORDER BY r.device_id, r.taken_at DESC

-- name: silent_devices  calls: 2
-- with: timestamptz '2025-11-01' + n * interval '1 hour'
SELECT id FROM devices WHERE id NOT IN (SELECT device_id FROM readings WHERE taken_at > $1)

-- name: readings_per_device  calls: 2
-- with: n
SELECT d.id, (SELECT count(*) FROM readings r WHERE r.device_id = d.id) AS readings FROM devices d WHERE d.site_id <> $1

-- name: errors_of_device  calls: 40
-- with: 1 + n * 7
SELECT id, happened_at FROM events WHERE device_id = $1 AND severity = 'error' ORDER BY happened_at DESC LIMIT 20

-- name: devices_of_site  calls: 40
-- with: 1 + n % 20
SELECT id, serial, state FROM devices WHERE site_id = $1

-- name: day_of_readings  calls: 5
-- with: date '2025-10-01' + n
SELECT metric, avg(value) FROM readings WHERE taken_at::date = $1 GROUP BY metric

-- name: device_by_id  calls: 1500
-- with: 1 + n % 400
SELECT * FROM devices WHERE id = $1

-- name: alarms_of_device  calls: 40
-- with: 1 + n * 3
SELECT raised_at, cleared_at FROM alarms WHERE device_id = $1 ORDER BY raised_at DESC LIMIT 20

-- step: log that is written is archived
SELECT pg_switch_wal();
