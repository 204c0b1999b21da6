-- The same night, with the statements as they should be.

-- name: track  calls: 60
-- with: md5('parcel' || n * 37)::uuid
SELECT id, status, sent_at FROM parcels WHERE tracking_guid = $1 AND deleted_at IS NULL

-- name: way_of_parcel  calls: 60
-- with: 1 + n * 97 % 12000
SELECT depot_id, scanned_at, kind FROM scans WHERE parcel_id = $1 ORDER BY scanned_at

-- name: load_of_vehicle  calls: 40
-- with: 1 + n
SELECT id, status FROM parcels WHERE vehicle_id = $1

-- name: claims_of_parcel  calls: 40
-- with: 70 * n
SELECT amount, state FROM claims WHERE parcel_id = $1

-- name: sent_on  calls: 20
-- with: date '2025-03-01' + n
SELECT count(*) FROM parcels WHERE sent_at >= $1::date AND sent_at < $1::date + 1

-- name: route_of_vehicles  calls: 60
-- with: (SELECT array_agg(1 + n * m % 120)::text FROM generate_series(1, 5) m)
SELECT vehicle_id, stop, depot_id FROM route WHERE vehicle_id = ANY ($1::bigint[]) ORDER BY vehicle_id, stop

-- step: log that is written is archived
SELECT pg_switch_wal();
