-- 20 sites, 400 devices, 40,000 readings of three months; the same rows every time.
-- step: devices
INSERT INTO sites (id, name, timezone) SELECT i, 'Site ' || i, 'Europe/Berlin' FROM generate_series(1, 20) i;
INSERT INTO devices (id, site_id, parent_id, serial, state, installed_at, is_virtual)
SELECT i, 1 + i % 20, CASE WHEN i % 10 <> 0 THEN i - i % 10 + 10 END, 'SN' || i, CASE WHEN i % 30 = 0 THEN 'off' ELSE 'on' END,
       timestamptz '2024-01-01' + i * interval '1 day', i % 25 = 0
FROM generate_series(1, 400) i;

-- step: readings and events
INSERT INTO readings (device_id, taken_at, metric, value, quality)
SELECT 1 + i % 400, timestamptz '2025-09-01' + i * interval '3 minutes', (ARRAY['temperature', 'humidity'])[1 + i / 400 % 2], i % 97 / 3.0, i % 3
FROM generate_series(1, 40000) i;

INSERT INTO events (id, device_id, happened_at, severity)
SELECT i, 1 + i % 400, timestamptz '2025-10-01' + i * interval '20 minutes', (ARRAY['info', 'info', 'warning', 'error'])[1 + i % 4]
FROM generate_series(1, 4000) i;

INSERT INTO alarms (id, device_id, raised_at, cleared_at)
SELECT i, 1 + i % 400, timestamptz '2025-09-01' + i * interval '11 minutes', CASE WHEN i % 25 = 0 THEN timestamptz '2025-09-02' + i * interval '11 minutes' END
FROM generate_series(1, 8000) i;
