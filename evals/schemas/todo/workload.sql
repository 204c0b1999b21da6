-- An afternoon of the application. `name` and `calls` head a statement; `with` gives its parameters for call n as a list of
-- expressions. A `step` is run by the administrator and is not counted.

-- name: session  calls: 1000
-- with: md5('session' || 1 + 2 * (n * n % (SELECT count(*) FROM sessions)))
SELECT user_id, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > '2026-01-01'

-- name: sign_in  calls: 140
-- with: (SELECT upper(email) FROM users WHERE id = 1 + n * 131 % (SELECT max(id) FROM users))
SELECT id, password_hash FROM users WHERE lower(email) = lower($1)

-- name: user_by_id  calls: 2500
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT * FROM users WHERE id = $1

-- name: inbox  calls: 10
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT id, title, priority, due_at FROM tasks WHERE user_id = $1 AND status = 'open' AND deleted_at IS NULL ORDER BY due_at LIMIT 20

-- name: tasks_by_status  calls: 5
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT status, count(*) FROM tasks WHERE user_id = $1 AND deleted_at IS NULL GROUP BY status

-- name: urgent_overdue  calls: 4
-- with: timestamp '2026-01-01' + n * interval '1 hour'
SELECT id, user_id, title, due_at FROM tasks WHERE status = 'open' AND priority = 1 AND due_at < $1 AND deleted_at IS NULL ORDER BY due_at LIMIT 100

-- name: mine_or_assigned  calls: 4
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT id, title, status, due_at FROM tasks WHERE (user_id = $1 OR assignee_id = $1) AND deleted_at IS NULL ORDER BY updated_at DESC LIMIT 50

-- name: project_export  calls: 4
-- with: 1 + n * 97 % (SELECT max(id) FROM projects)
SELECT * FROM tasks WHERE project_id = $1 AND deleted_at IS NULL

-- name: project_progress  calls: 4
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT p.id, p.name, count(*) AS tasks, count(*) FILTER (WHERE t.status = 'done') AS done
FROM projects p JOIN tasks t ON t.project_id = p.id
WHERE p.owner_id = $1
GROUP BY p.id, p.name

-- name: imported_batch  calls: 3
-- with: json_build_object('source', 'import', 'batch', 6 + n % 2)::text
SELECT id, title FROM tasks WHERE metadata @> $1::jsonb

-- name: tagged  calls: 3
-- with: '%' || (ARRAY['errand', 'writing', 'deep'])[1 + n % 3] || '%', 1 + n
SELECT id, title FROM tasks WHERE tags LIKE $1 AND user_id = $2 AND status <> 'done'

-- name: created_on_day  calls: 4
-- with: date '2025-06-01' + n
SELECT count(*) FROM tasks WHERE date(created_at) = $1

-- name: admin_task_pages  calls: 4
-- with: n * (SELECT count(*) FROM tasks) / 6
SELECT id, user_id, title, created_at FROM tasks ORDER BY created_at DESC LIMIT 50 OFFSET $1

-- name: new_task  calls: 60
-- with: 1 + n * n % (SELECT max(id) FROM users), 'Water the plants ' || n
INSERT INTO tasks (user_id, title, created_at, updated_at) VALUES ($1, $2, '2026-01-01', '2026-01-01') RETURNING id

-- name: complete_task  calls: 120
-- with: 1 + n * 4001 % (SELECT max(id) FROM tasks)
UPDATE tasks SET status = 'done', completed_at = '2026-01-01' WHERE id = $1

-- name: chat_page  calls: 400
-- with: 1 + n * n % (SELECT max(id) FROM conversations)
SELECT id, sender_id, body, created_at FROM messages WHERE conversation_id = $1 ORDER BY created_at DESC LIMIT 30

-- name: last_message  calls: 1500
-- with: 1 + n * 47 % (SELECT max(id) FROM conversations)
SELECT body, created_at FROM messages WHERE conversation_id = $1 ORDER BY created_at DESC LIMIT 1

-- name: chat_overview  calls: 15
-- with: 2 + n * n % (SELECT max(id) - 1 FROM users)
SELECT DISTINCT ON (m.conversation_id) m.conversation_id, m.id, m.body, m.created_at
FROM messages m
WHERE m.conversation_id IN (SELECT cm.conversation_id FROM conversation_members cm WHERE cm.user_id = $1)
ORDER BY m.conversation_id, m.created_at DESC

-- name: unread  calls: 30
-- with: 2 + n * n % (SELECT max(id) - 1 FROM users)
SELECT m.conversation_id, count(*)
FROM conversation_members cm JOIN messages m ON m.conversation_id = cm.conversation_id AND m.created_at > cm.last_read_at
WHERE cm.user_id = $1 AND m.sender_id <> cm.user_id
GROUP BY m.conversation_id

-- name: chat_sizes  calls: 90
-- with: 2 + n % 6
SELECT c.id, c.topic, (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id) AS messages
FROM conversations c WHERE c.created_by = $1

-- name: search_messages  calls: 2
-- with: '%' || (ARRAY['zeppelin', 'quarterly', 'harbour'])[1 + n % 3] || '%'
SELECT id, conversation_id, body FROM messages WHERE body ILIKE $1 ORDER BY created_at DESC LIMIT 50

-- name: sent_messages  calls: 4
-- with: 1 + n * 311 % (SELECT max(id) FROM users)
SELECT count(*), max(created_at) FROM messages WHERE sender_id = $1

-- name: silent_users  calls: 3
-- with: timestamptz '2025-12-01' + n * interval '1 day'
SELECT id, email FROM users WHERE deleted_at IS NULL AND id NOT IN (SELECT sender_id FROM messages WHERE created_at > $1)

-- name: send_message  calls: 150
-- with: 1 + n * 47 % (SELECT max(id) FROM conversations), 1 + n * 7 % (SELECT max(id) FROM users), 'On my way, ' || n || ' minutes.'
INSERT INTO messages (conversation_id, sender_id, body, created_at) VALUES ($1, $2, $3, '2026-01-01') RETURNING id

-- name: bell  calls: 60
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT id, kind, payload FROM notifications WHERE user_id = $1::numeric AND NOT is_read ORDER BY id DESC LIMIT 20

-- name: read_bell  calls: 60
-- with: 1700000000 + n * 101 % (SELECT count(*) FROM notifications)
UPDATE notifications SET is_read = true WHERE id = $1

-- name: feed  calls: 100
-- with: 1 + n * n % (SELECT max(id) FROM users)
SELECT action, subject_type, subject_id, at FROM activity_log WHERE user_id = $1 ORDER BY at DESC LIMIT 20

-- step: everything in the feed was seen once more
UPDATE activity_log SET seen = true WHERE subject_type <> 'project';

-- step: the replica in the other building was given up, its slot was not
SELECT pg_create_physical_replication_slot('replica_building_b', true);
