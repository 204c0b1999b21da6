-- The same hour, with the statements as they should be.

-- name: curve  calls: 60
-- with: 1 + n
SELECT taken_at, value FROM readings WHERE device_id = $1 AND metric = 'temperature' ORDER BY taken_at DESC LIMIT 100

-- name: day_of_readings  calls: 10
-- with: date '2025-10-01' + n
SELECT metric, avg(value) FROM readings WHERE taken_at >= $1::date AND taken_at < $1::date + 1 GROUP BY metric

-- name: events_of_device  calls: 60
-- with: 1 + n * 7 % 400
SELECT id, happened_at, severity FROM events WHERE device_id = $1 ORDER BY happened_at DESC LIMIT 20

-- name: devices_of_site  calls: 60
-- with: 1 + n % 20
SELECT id, serial, state FROM devices WHERE site_id = $1

-- name: alarms_of_device  calls: 60
-- with: 1 + n * 3
SELECT raised_at, cleared_at FROM alarms WHERE device_id = $1 ORDER BY raised_at DESC LIMIT 20

-- step: log that is written is archived
SELECT pg_switch_wal();
