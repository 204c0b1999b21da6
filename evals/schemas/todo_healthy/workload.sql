-- The same afternoon of the same application, with the statements as they should be. The heads are explained in the other
-- to-do database.

-- step: the rows are in memory, as they are on a server that has been up for a while
CREATE EXTENSION pg_prewarm SCHEMA extensions;
SELECT extensions.pg_prewarm(c.oid) FROM pg_class c WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace;
DROP EXTENSION pg_prewarm;

-- name: session  calls: 600
-- with: md5('session' || 1 + 2 * (n * n % (SELECT count(*) FROM sessions)))
SELECT user_id, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > '2026-01-01'

-- name: sign_out_everywhere  calls: 20
-- with: 2 + 2 * n
DELETE FROM sessions WHERE user_id = $1

-- name: api_sign_in  calls: 60
-- with: md5('key' || 20 * n)
SELECT user_id FROM api_keys WHERE key_hash = $1

-- name: api_keys_of  calls: 20
-- with: 20 * n
SELECT created_at FROM api_keys WHERE user_id = $1

-- name: sign_in  calls: 150
-- with: (SELECT upper(email) FROM users WHERE id = 1 + n * 131 % (SELECT max(id) FROM users))
SELECT id, password_hash FROM users WHERE lower(email) = lower($1) AND deleted_at IS NULL

-- name: users_by_id  calls: 300
-- with: (SELECT array_agg(1 + n * m % (SELECT max(id) FROM users))::text FROM generate_series(1, 5) m)
SELECT id, display_name, last_seen_at FROM users WHERE id = ANY ($1::bigint[])

-- name: phones_of  calls: 40
-- with: 3 * n
SELECT number FROM user_phones WHERE user_id = $1

-- name: inbox  calls: 400
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT id, title, priority, due_at FROM tasks WHERE user_id = $1 AND status = 'open' AND deleted_at IS NULL ORDER BY due_at LIMIT 20

-- name: tasks_by_status  calls: 100
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT status, count(*) FROM tasks WHERE user_id = $1 AND deleted_at IS NULL GROUP BY status

-- name: urgent_overdue  calls: 30
-- with: timestamptz '2026-01-01' + n * interval '1 hour'
SELECT id, user_id, title, due_at FROM tasks
WHERE status = 'open' AND priority = 1 AND due_at < $1 AND deleted_at IS NULL ORDER BY due_at LIMIT 100

-- name: mine_or_assigned  calls: 60
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT id, title, status, due_at FROM (
    SELECT id, title, status, due_at, updated_at FROM tasks WHERE user_id = $1 AND deleted_at IS NULL
    UNION
    SELECT id, title, status, due_at, updated_at FROM tasks WHERE assignee_id = $1 AND deleted_at IS NULL
) both_kinds
ORDER BY updated_at DESC LIMIT 50

-- name: project_export  calls: 60
-- with: 1 + n * 97 % (SELECT max(id) FROM projects)
SELECT id, title, status, due_at FROM tasks WHERE project_id = $1 AND deleted_at IS NULL

-- name: subprojects  calls: 40
-- with: n
SELECT id, name FROM projects WHERE parent_id = $1

-- name: project_progress  calls: 60
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT p.id, p.name, count(*) AS tasks, count(*) FILTER (WHERE t.status = 'done') AS done
FROM projects p JOIN tasks t ON t.project_id = p.id
WHERE p.owner_id = $1
GROUP BY p.id, p.name

-- name: imported_batch  calls: 20
-- with: json_build_object('source', 'import', 'batch', 6 + n % 2)::text
SELECT id, title FROM tasks WHERE metadata @> $1::jsonb

-- name: tax_report  calls: 20
-- with: '{taxes}'
SELECT id, title FROM tasks WHERE labels @> $1::text[]

-- name: tagged  calls: 40
-- with: '{taxes}', 1 + n
SELECT id, title FROM tasks WHERE labels @> $1::text[] AND user_id = $2 AND status <> 'done' AND deleted_at IS NULL

-- name: tasks_of_chat  calls: 100
-- with: 1 + n * 10 % (SELECT max(id) FROM conversations)
SELECT id, title, status FROM tasks WHERE conversation_id = $1

-- name: created_on_day  calls: 20
-- with: date '2025-06-01' + n
SELECT count(*) FROM tasks WHERE created_at >= $1::date AND created_at < $1::date + 1

-- name: admin_task_pages  calls: 20
-- with: (SELECT created_at FROM tasks WHERE id = n * (SELECT max(id) FROM tasks) / 21), n * (SELECT max(id) FROM tasks) / 21
SELECT id, user_id, title, created_at FROM tasks WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 50

-- name: new_task  calls: 60
-- with: 1 + n * n % (SELECT max(id) FROM users), 'Water the plants ' || n
INSERT INTO tasks (user_id, title, created_at, updated_at) VALUES ($1, $2, '2026-01-01', '2026-01-01') RETURNING id

-- name: complete_task  calls: 120
-- with: 1 + n * 4001 % (SELECT max(id) FROM tasks)
UPDATE tasks SET status = 'done', completed_at = '2026-01-01' WHERE id = $1

-- name: chat_page  calls: 400
-- with: 1 + n * n % (SELECT max(id) FROM conversations)
SELECT id, sender_id, body, created_at FROM messages WHERE conversation_id = $1 ORDER BY created_at DESC LIMIT 30

-- name: chat_overview  calls: 100
-- with: 2 + n * n % (SELECT max(id) - 1 FROM users)
SELECT cm.conversation_id, last.id, last.body, last.created_at
FROM (SELECT conversation_id FROM conversation_members WHERE user_id = $1 ORDER BY last_read_at DESC LIMIT 50) cm
CROSS JOIN LATERAL (
    SELECT id, body, created_at FROM messages m WHERE m.conversation_id = cm.conversation_id ORDER BY created_at DESC LIMIT 1
) last

-- name: unread  calls: 100
-- with: 2 + n * n % (SELECT max(id) - 1 FROM users)
SELECT m.conversation_id, count(*)
FROM conversation_members cm JOIN messages m ON m.conversation_id = cm.conversation_id AND m.created_at > cm.last_read_at
WHERE cm.user_id = $1 AND m.sender_id <> cm.user_id
GROUP BY m.conversation_id

-- name: chat_sizes  calls: 40
-- with: 2 + n * n % (SELECT max(id) - 1 FROM users)
SELECT c.id, c.topic, count(m.id) AS messages
FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
WHERE c.created_by = $1
GROUP BY c.id, c.topic

-- name: join_by_invitation  calls: 40
-- with: (SELECT invite_code FROM conversations WHERE id = 1 + n)
SELECT id, topic FROM conversations WHERE invite_code = $1

-- name: search_messages  calls: 20
-- with: '%' || (ARRAY['zeppelin', 'quarterly', 'harbour'])[1 + n % 3] || '%'
SELECT id, conversation_id, body FROM messages WHERE body ILIKE $1 ORDER BY created_at DESC LIMIT 50

-- name: sent_messages  calls: 60
-- with: 1 + n * 311 % (SELECT max(id) FROM users)
SELECT count(*), max(created_at) FROM messages WHERE sender_id = $1

-- name: silent_users  calls: 3
-- with: timestamptz '2025-12-01' + n * interval '1 day'
SELECT u.id, u.email FROM users u
WHERE u.deleted_at IS NULL AND NOT EXISTS (SELECT FROM messages m WHERE m.sender_id = u.id AND m.created_at > $1)

-- name: edit_message  calls: 60
-- with: n * 101 % (SELECT max(id) FROM messages)
UPDATE messages SET edited_at = '2026-01-01' WHERE id = $1

-- name: send_message  calls: 150
-- with: 1 + n * 47 % (SELECT max(id) FROM conversations), 1 + n * 7 % (SELECT max(id) FROM users), 'On my way, ' || n || ' minutes.'
INSERT INTO messages (conversation_id, sender_id, body, created_at) VALUES ($1, $2, $3, '2026-01-01') RETURNING id

-- name: attachments_of  calls: 80
-- with: 1 + 40 * n
SELECT id, file_name, size_bytes FROM attachments WHERE message_id = $1

-- name: download  calls: 80
-- with: md5('file' || 1 + 40 * n)::uuid
SELECT file_name, size_bytes FROM attachments WHERE id = $1

-- name: bell  calls: 200
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT id, kind, payload FROM notifications WHERE user_id = $1 AND NOT is_read ORDER BY id DESC LIMIT 20

-- name: bell_history  calls: 40
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT kind, count(*) FROM notifications WHERE user_id = $1 GROUP BY kind

-- name: read_bell  calls: 60
-- with: 1 + n * 101 % (SELECT max(id) FROM notifications)
UPDATE notifications SET is_read = true WHERE id = $1

-- name: feed  calls: 100
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT action, task_id, at FROM activity_log WHERE user_id = $1 ORDER BY at DESC LIMIT 20

-- name: feed_of_task  calls: 60
-- with: n
SELECT action, user_id, at FROM activity_log WHERE task_id = $1

-- name: plan_of  calls: 60
-- with: 10 * n
SELECT id, plan, renewal_date FROM subscriptions WHERE user_id = $1

-- name: invoices_of  calls: 60
-- with: 10 * n
SELECT s.plan, i.issued_at, i.amount_cents, i.paid_at
FROM subscriptions s JOIN invoices i ON i.subscription_id = s.id WHERE s.user_id = $1

-- name: templates_of  calls: 20
-- with: n
SELECT id, title FROM task_templates WHERE owner_id = $1

-- step: log that is written is archived
SELECT pg_switch_wal();
