-- 30 depots, 120 vehicles, 12,000 parcels, 36,000 scans; the same rows every time.
-- step: depots and vehicles
INSERT INTO depots (id, name, city, capacity) SELECT i, 'Depot ' || i, 'City ' || i % 12, 100 * i FROM generate_series(1, 30) i;
INSERT INTO vehicles (id, depot_id, plate, retired_at)
SELECT i, 1 + i % 30, 'DB-' || i, CASE WHEN i % 20 = 0 THEN timestamptz '2025-01-01' END FROM generate_series(1, 120) i;

-- step: parcels
INSERT INTO parcels (id, tracking_guid, depot_id, vehicle_id, parent_id, status, shipping_cost, is_express, sent_at, deleted_at)
SELECT i, md5('parcel' || i)::uuid, 1 + i % 30, CASE WHEN i % 3 <> 0 THEN 1 + i % 120 END, CASE WHEN i % 100 = 0 THEN i - 1 END,
       CASE WHEN i > 11500 THEN 'moving' WHEN i % 70 = 0 THEN 'lost' ELSE 'delivered' END, 4 + i % 20, i % 11 = 0,
       timestamptz '2025-01-01' + i * interval '40 minutes', CASE WHEN i % 40 = 0 THEN timestamptz '2025-12-01' END
FROM generate_series(1, 12000) i;

INSERT INTO scans (parcel_id, depot_id, scanned_at, kind)
SELECT i, 1 + (i + k) % 30, timestamptz '2025-01-01' + i * interval '40 minutes' + k * interval '9 hours',
       (ARRAY['in', 'out', 'handed'])[k]
FROM generate_series(1, 12000) i, generate_series(1, 3) k;

INSERT INTO claims (parcel_id, amount, state, filed_at)
SELECT i, (10 + i % 90)::numeric, 'open', timestamptz '2025-02-01' + i * interval '40 minutes' FROM generate_series(70, 12000, 70) i;

-- Without names of columns: the healthy twin has another one here.
INSERT INTO route SELECT i, k, 1 + (i + k) % 30 FROM generate_series(1, 120) i, generate_series(1, 8) k;
