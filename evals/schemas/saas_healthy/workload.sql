-- The same morning, with the statements as they should be.

-- name: answers  calls: 60
-- with: 7, 6 + 60 * n
SELECT id, body, created_at FROM comments WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY created_at

-- name: said_by  calls: 40
-- with: 7, 6 + 60 * (n % 50)
SELECT count(*), max(created_at) FROM comments WHERE tenant_id = $1 AND member_id = $2

-- name: newest  calls: 40
-- with: 7
SELECT id, subject, status FROM tickets WHERE tenant_id = $1 ORDER BY opened_at DESC LIMIT 20

-- name: billed  calls: 40
-- with: 7, date '2025-02-01' + n
SELECT amount FROM usage_records WHERE tenant_id = $1 AND day = $2

-- name: members_of_list  calls: 40
-- with: (SELECT array_agg(7 + 60 * m)::text FROM generate_series(1, 5) m)
SELECT id, email, role FROM members WHERE id = ANY ($1::bigint[])

-- step: log that is written is archived
SELECT pg_switch_wal();
