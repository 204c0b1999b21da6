-- A morning of support. The application works for tenant 7 unless it says otherwise.

-- step: what only this database has
UPDATE members SET password = 'summer' || id, is_active = CASE WHEN id % 70 = 0 THEN NULL ELSE is_active END;
UPDATE tenants SET features = 'sso,api', roles = 'agent,admin';
INSERT INTO custom_fields SELECT tenant_id, id, 'browser', 'firefox' FROM tickets WHERE id % 4 = 0;
INSERT INTO attachments (tenant_id, subject_type, subject_id, file_uuid)
SELECT 1 + i % 60, (ARRAY['ticket', 'comment'])[1 + i % 2], i, md5('file' || i)::uuid FROM generate_series(1, 6000) i;
INSERT INTO webhooks (tenant_id, url, secret, event_list) SELECT i, 'https://tenant' || i || '.example.com/hook', 's' || i, 'opened,closed' FROM generate_series(1, 60) i;
INSERT INTO alembic_version VALUES ('7a1c22d0f3b1'), ('e02b9915aa34');
ALTER DATABASE saas SET "saas.tenant" = '7';
ANALYZE;

-- name: sign_in  calls: 60
-- with: (SELECT upper(email) FROM members WHERE id = 1 + n * 31 % 3000)
SELECT id, tenant_id FROM members WHERE lower(email) = lower($1) AND deleted_at IS NULL

-- name: answers  calls: 60
-- with: 1 + n * 31 % 12000
SELECT id, body, created_at FROM comments WHERE ticket_id = $1 ORDER BY created_at

-- name: said_by  calls: 40
-- with: 1 + n * 7
SELECT count(*), max(created_at) FROM comments WHERE member_id = $1

-- name: files_of  calls: 40
-- with: 'ticket', 2 * n
SELECT file_uuid FROM attachments WHERE subject_type = $1 AND subject_id = $2

-- name: answered_never  calls: 2
-- with: timestamptz '2025-03-01' + n * interval '1 day'
SELECT id, email FROM members WHERE id NOT IN (SELECT member_id FROM comments WHERE created_at > $1)

-- name: comment_counts  calls: 2
-- with: n
SELECT m.id, (SELECT count(*) FROM comments c WHERE c.member_id = m.id) AS comments FROM members m WHERE m.tenant_id = $1

-- name: billed_on  calls: 40
-- with: date '2025-02-01' + n
SELECT sum(amount) FROM usage_records WHERE day = $1

-- name: member_by_id  calls: 1500
-- with: 1 + n * n % 3000
SELECT * FROM members WHERE id = $1

-- name: commented_on  calls: 10
-- with: date '2025-03-01' + n
SELECT count(*) FROM comments WHERE date_trunc('day', created_at) = $1

-- step: log that is written is archived
SELECT pg_switch_wal();
