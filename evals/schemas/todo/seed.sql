-- 20,000 users, 600,000 tasks, 60,000 conversations and 1,000,000 messages at scale 1; the same rows every time.
-- A few people own most of it, most tasks are done, and the last months are the busiest.
-- Tables are emptied in the transaction that fills them, which spares the write-ahead log.

-- step: how much of everything, and dice that always fall the same way
CREATE TEMP TABLE size AS
SELECT greatest(200, (20000 * :scale)::integer) AS users, greatest(80, (8000 * :scale)::integer) AS projects,
       greatest(2000, (600000 * :scale)::integer) AS tasks, greatest(1000, (60000 * :scale)::integer) AS conversations,
       greatest(4000, (1000000 * :scale)::integer) AS messages, greatest(1000, (300000 * :scale)::integer) AS notifications,
       greatest(1000, (120000 * :scale)::integer) AS activities;

CREATE FUNCTION pg_temp.roll(i bigint, die bigint) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(i, die) & 4294967295) / 4294967296.0::double precision $$;

CREATE FUNCTION pg_temp.often_first(n integer, x double precision) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT 1 + (n * x * x * x)::integer % n $$;

CREATE FUNCTION pg_temp.moment(share double precision) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT to_timestamp(1672531200 + 94694400 * sqrt(share)) $$;

-- step: people
TRUNCATE users, user_properties, sessions, subscriptions, invoices, "taskTemplates", alembic_version;
INSERT INTO users (id, email, display_name, password_hash, api_key, phone_1, phone_2, country, locale, is_active, created_at, last_seen_at, deleted_at)
SELECT i,
       CASE WHEN i % 9 = 0 THEN 'User' ELSE 'user' END || i || '@' || (ARRAY['example.com', 'example.org', 'mail.example'])[1 + i % 3],
       (ARRAY['Ada', 'Ben', 'Chloe', 'Deniz', 'Emeka', 'Farah', 'Goran', 'Hana', 'Ines', 'Jun'])[1 + i % 10] || ' '
           || (ARRAY['Abel', 'Brandt', 'Castro', 'Dogan', 'Eze', 'Fontana', 'Gruber'])[1 + i % 7],
       '$argon2id$v=19$m=65536,t=3,p=4$' || md5('salt' || i) || md5('hash' || i),
       CASE WHEN i % 20 = 0 THEN 'demo-' || md5('key' || i) END,
       CASE WHEN i % 3 = 0 THEN '+4930' || 1000000 + i END,
       CASE WHEN i % 30 = 0 THEN '+4940' || 1000000 + i END,
       (ARRAY['DE', 'FR', 'NG', 'TR', 'JP', 'US'])[1 + i % 6],
       (ARRAY['en', 'en', 'de', 'fr', 'tr', 'ja'])[1 + i % 6],
       CASE WHEN i % 50 = 0 THEN NULL ELSE i % 40 <> 0 END,
       pg_temp.moment(i::double precision / size.users),
       pg_temp.moment(sqrt(i::double precision / size.users)),
       CASE WHEN i % 40 = 0 THEN pg_temp.moment(sqrt(i::double precision / size.users)) END
FROM size, generate_series(1, size.users) i;

INSERT INTO user_properties
SELECT i, k, (ARRAY['on', 'off', 'dark', 'light', '7'])[1 + (i + length(k)) % 5]
FROM size, generate_series(1, size.users) i, unnest(ARRAY['theme', 'digest', 'week_start']) k
WHERE (i + length(k)) % 3 <> 0;

INSERT INTO sessions
SELECT md5('session' || i), i, timestamptz '2026-02-01 00:00+00' + i * interval '1 second', 'Mozilla/5.0'
FROM size, generate_series(1, size.users, 2) i;

INSERT INTO subscriptions (id, user_id, plan, monthly_price, renewal_date, started_on)
SELECT i / 10, i, (ARRAY['plus', 'team'])[1 + i / 10 % 2], (ARRAY[4.99, 11.99])[1 + i / 10 % 2],
       to_char(date '2026-01-01' + i % 28, 'YYYY-MM-DD'), date '2025-01-01' + i % 365
FROM size, generate_series(10, size.users, 10) i;

INSERT INTO invoices (subscription_id, amount_cents, issued_at, paid_at)
SELECT s.id, (s.monthly_price * 100)::integer, t, CASE WHEN s.id % 25 <> 0 THEN t + interval '2 days' END
FROM subscriptions s, generate_series(s.started_on::timestamptz, timestamptz '2025-12-31 00:00+00', interval '1 month') t;

INSERT INTO "taskTemplates" (owner_id, title) SELECT i, 'Weekly review ' || i FROM generate_series(1, 40) i;

-- Two heads: the branches of releases 3.3 and 3.4 were never merged.
INSERT INTO alembic_version VALUES ('3f2c9a71be04'), ('91d0c55e7a2b');

-- step: tasks
TRUNCATE projects, tasks;
INSERT INTO projects (id, owner_id, parent_id, name, created_at)
SELECT i, pg_temp.often_first(size.users, pg_temp.roll(i, 1)), CASE WHEN i % 4 = 0 THEN i / 4 END,
       (ARRAY['Home', 'Work', 'Garden', 'Thesis', 'Move', 'Launch', 'Taxes'])[1 + i % 7] || ' ' || i,
       pg_temp.moment(i::double precision / size.projects)
FROM size, generate_series(1, size.projects) i;

INSERT INTO tasks (id, user_id, assignee_id, project_id, conversation_id, title, notes, status, priority, tags, metadata,
                   due_at, snoozed_until, completed_at, created_at, updated_at, deleted_at)
SELECT i,
       CASE WHEN luck < 0.4 THEN pg_temp.often_first(size.users, pg_temp.roll(project, 1))
            ELSE pg_temp.often_first(size.users, pg_temp.roll(i, 3)) END,
       CASE WHEN i % 8 = 0 THEN pg_temp.often_first(size.users, pg_temp.roll(i, 4)) END,
       CASE WHEN luck < 0.4 THEN project END,
       CASE WHEN i % 10 = 0 THEN 1 + i % size.conversations END,
       (ARRAY['Call', 'Write to', 'Pay', 'Book', 'Review', 'Order', 'Clean', 'Plan', 'Fix', 'Return'])[1 + i % 10]
           || (ARRAY[' the dentist', ' the landlord', ' the invoice', ' flights', ' the draft', ' printer paper', ' the garage'])[1 + i % 7]
           || CASE WHEN i % 3 = 0 THEN ' before Friday' ELSE '' END,
       CASE WHEN i % 4 = 0 THEN repeat('Ask twice, note the answer, attach the receipt. ', 1 + (i % 5)) END,
       state,
       CASE WHEN luck < 0.006 THEN 1 WHEN luck < 0.1 THEN 2 WHEN luck < 0.8 THEN 3 ELSE 4 END,
       (ARRAY['home', 'work', 'home,errand', 'work,writing,deep', NULL])[1 + i % 5],
       CASE WHEN i % 997 = 0 THEN '{"source": "import", "batch": 7}'::jsonb
            ELSE (ARRAY['{"source": "web"}', '{"source": "ios"}', '{"source": "android"}']::jsonb[])[1 + i % 3] END,
       CASE WHEN i % 4 <> 0 THEN (born + interval '1 hour' * (12 + i % 900))::timestamp END,
       CASE WHEN i % 50 = 0 THEN born + interval '30 days' END,
       CASE WHEN state = 'done' THEN born + interval '1 hour' * (1 + i % 400) END,
       born, born + interval '1 hour' * (i % 400), CASE WHEN i % 50 = 3 THEN born + interval '9 days' END
FROM size, generate_series(1, size.tasks) i,
     LATERAL (SELECT pg_temp.roll(i, 2) AS luck, 1 + i % size.projects AS project,
                     pg_temp.moment(i::double precision / size.tasks) AS born) a,
     LATERAL (SELECT CASE WHEN pg_temp.roll(i, 5) < 0.86 THEN 'done' WHEN pg_temp.roll(i, 5) < 0.95 THEN 'open'
                          WHEN pg_temp.roll(i, 5) < 0.98 THEN 'in_progress' ELSE 'cancelled' END AS state) b;

-- beside
-- step: chats
TRUNCATE conversations, conversation_members, messages, attachments;
CREATE FUNCTION pg_temp.member(conversation bigint, people integer, place integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT 1 + (pg_temp.often_first(people, pg_temp.roll(conversation, 6))
                + CASE place WHEN 1 THEN 0 ELSE 1 + (pg_temp.roll(conversation, 5 + place) * (people - 2))::integer END) % people
$$;
INSERT INTO conversations (id, created_by, topic, invite_code, is_group, created_at)
SELECT i, pg_temp.member(i, size.users, 1), (ARRAY['Groceries', 'Moving day', 'Release', 'Book club', 'Budget'])[1 + i % 5] || ' ' || i,
       substr(md5('invite' || i), 1, 16), i % 10 = 0, pg_temp.moment(i::double precision / size.conversations)
FROM size, generate_series(1, size.conversations) i;
-- A copied chat kept the invitation of its original.
UPDATE conversations c SET invite_code = o.invite_code FROM conversations o WHERE c.id % 400 = 0 AND o.id = c.id - 1;

INSERT INTO conversation_members
SELECT DISTINCT c.id, pg_temp.member(c.id, size.users, place), c.created_at,
       greatest(c.created_at, timestamptz '2026-01-01 00:00+00' - interval '1 day' * (c.id % 60))
FROM size, conversations c, generate_series(1, 5) place
WHERE place <= 2 OR c.is_group;

CREATE TEMP TABLE pair AS
SELECT id AS chat, pg_temp.member(id, size.users, 1) AS one, pg_temp.member(id, size.users, 2) AS two FROM size, conversations;
ANALYZE pair;
INSERT INTO messages (id, conversation_id, sender_id, body, created_at, edited_at)
SELECT i, chat, CASE WHEN i % 2 = 0 THEN one ELSE two END,
       (ARRAY['Can you', 'I will', 'Please', 'Did we', 'Let us', 'Who can', 'Tomorrow I'])[1 + i % 7]
           || (ARRAY[' send the draft', ' move the meeting', ' pay the deposit', ' pick up the parcel', ' check the numbers'])[1 + i % 5]
           || (ARRAY[' today?', ' before noon.', ' next week.', ''])[1 + i % 4]
           || CASE WHEN i % 5003 = 0 THEN ' Reference ' || (ARRAY['quarterly', 'zeppelin', 'harbour'])[1 + i % 3]
                   WHEN i % 2 = 0 THEN ' It is number ' || i || '.' ELSE '' END,
       sent, CASE WHEN i % 40 = 0 THEN sent + interval '3 minutes' END
FROM (SELECT i, pg_temp.moment(i::double precision / size.messages) AS sent, pg_temp.roll(i, 9) AS luck,
             size.conversations * (i::double precision / size.messages) AS so_far
      FROM size, generate_series(1, size.messages) i OFFSET 0) a
JOIN pair ON chat = CASE WHEN luck > 0.97 AND so_far > 200 THEN 10 * (1 + i % 20)
                         ELSE greatest(1, floor(so_far * (1 - luck * luck * luck))::integer) END;

INSERT INTO attachments (message_id, file_uuid, file_name, size_bytes)
SELECT i, md5('file' || i)::uuid::text, 'scan-' || i || '.pdf', 1000 + i % 900000
FROM size, generate_series(1, size.messages, 40) i;

-- step: the bell and the feed
TRUNCATE notifications, activity_log;
INSERT INTO notifications (id, user_id, kind, payload, is_read, created_at)
SELECT 1700000000 + i, pg_temp.often_first(size.users, pg_temp.roll(i, 11)), (ARRAY['due', 'mention', 'message', 'assigned'])[1 + i % 4],
       json_build_object('task', i), i % 12 <> 0, pg_temp.moment(0.8 + 0.2 * i / size.notifications)
FROM size, generate_series(1, size.notifications) i;

INSERT INTO activity_log (user_id, action, subject_type, subject_id, at)
SELECT pg_temp.often_first(size.users, pg_temp.roll(i, 12)), (ARRAY['created', 'completed', 'commented'])[1 + i % 3],
       (ARRAY['task', 'project', 'message'])[1 + i % 3], 1 + i % size.projects, pg_temp.moment(i::double precision / size.activities)
FROM size, generate_series(1, size.activities) i;

-- together
-- step: sequences go on where the rows end
SELECT setval('users_id_seq', users), setval('projects_id_seq', projects), setval('tasks_id_seq', tasks),
       setval('conversations_id_seq', conversations), setval('messages_id_seq', messages),
       setval('notifications_id_seq', 1700000000 + notifications)
FROM size;
SELECT setval('subscriptions_id_seq', max(id)) FROM subscriptions;
DROP TABLE size;
