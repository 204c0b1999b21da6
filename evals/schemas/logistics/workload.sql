-- A night of sorting.

-- step: what only this database has
UPDATE parcels SET tags = 'fragile,cold' WHERE id % 9 = 0;
UPDATE parcels SET due_date = to_char(sent_at + interval '3 days', 'YYYY-MM-DD'), is_express = CASE WHEN id % 50 = 0 THEN NULL ELSE is_express END;
UPDATE vehicles SET api_token = 'tok-' || id;
SELECT setval('depots_id_seq', 1800000000);

-- name: track  calls: 60
-- with: md5('parcel' || n * 37)::uuid
SELECT id, status, sent_at FROM parcels WHERE tracking_guid = $1 AND deleted_at IS NULL

-- name: way_of_parcel  calls: 60
-- with: 1 + n * 97 % 12000
SELECT depot_id, scanned_at, kind FROM scans WHERE parcel_id = $1 ORDER BY scanned_at

-- name: load_of_vehicle  calls: 40
-- with: 1 + n
SELECT id, status FROM parcels WHERE vehicle_id = $1 AND status = 'moving'

-- name: never_scanned_out  calls: 2
-- with: timestamptz '2025-02-01' + n * interval '1 day'
SELECT id FROM parcels WHERE id NOT IN (SELECT parcel_id FROM scans WHERE kind = 'out' AND scanned_at > $1)

-- name: last_seen  calls: 3
-- with: 1 + n % 30
SELECT p.id, (SELECT max(s.scanned_at) FROM scans s WHERE s.parcel_id = p.id) AS seen
FROM parcels p WHERE p.depot_id = $1 AND p.status <> 'moving'

-- name: late  calls: 20
-- with: to_char(date '2025-11-20' + n, 'YYYY-MM-DD')
SELECT id FROM parcels WHERE due_date < $1 AND status = 'moving' ORDER BY due_date LIMIT 50

-- name: claims_of_parcel  calls: 40
-- with: 70 * n
SELECT amount, state FROM claims WHERE parcel_id = $1

-- name: sent_on  calls: 20
-- with: date '2025-03-01' + n
SELECT count(*) FROM parcels WHERE sent_at::date = $1

-- name: route_of_vehicle  calls: 1200
-- with: 1 + n % 120
SELECT depot_id FROM route WHERE vehicle_id = $1 ORDER BY "order"

-- step: a depot's replica was moved, its slot stayed
SELECT pg_create_physical_replication_slot('depot_north', true);
-- step: the log is to be archived, to where nothing is
SELECT pg_switch_wal();
SELECT pg_sleep(1.5);
