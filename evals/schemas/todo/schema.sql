-- The to-do application with its chat, as three years of releases left it.
CREATE EXTENSION pg_stat_statements;

GRANT ALL ON SCHEMA public TO todo_app;
SET ROLE todo_app;

CREATE TABLE users (
    id            serial,
    email         text NOT NULL,
    display_name  text NOT NULL,
    password_hash text NOT NULL,
    api_key       text,
    phone_1       text,
    phone_2       text,
    country       char(2),
    locale        char(10) NOT NULL DEFAULT 'en',
    is_active     boolean DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz,
    deleted_at    timestamptz
);
COMMENT ON TABLE users IS 'People who can sign in; deleted_at is set when an account was closed.';

CREATE TABLE user_properties (
    user_id integer NOT NULL,
    key     text NOT NULL,
    value   text
);
COMMENT ON TABLE user_properties IS 'Preferences, one row a setting, so that a new one needs no migration.';

CREATE UNLOGGED TABLE sessions (
    token_hash text NOT NULL,
    user_id    integer NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text
);
COMMENT ON TABLE sessions IS 'Signed-in browsers and phones.';

CREATE TABLE projects (
    id         bigserial,
    owner_id   integer NOT NULL,
    parent_id  bigint,
    name       text NOT NULL,
    colour     text NOT NULL DEFAULT 'grey',
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE projects IS 'Groups of tasks; a project may be part of another one.';

CREATE TABLE tasks (
    id              bigserial,
    user_id         integer NOT NULL,
    assignee_id     integer,
    project_id      integer,
    conversation_id integer,
    title           text NOT NULL,
    notes           text,
    status          text NOT NULL DEFAULT 'open',
    priority        smallint NOT NULL DEFAULT 3 CONSTRAINT tasks_priority_check CHECK (priority BETWEEN 1 AND 4),
    tags            text,
    metadata        jsonb NOT NULL DEFAULT '{}',
    due_at          timestamp,
    snoozed_until   timestamptz,
    completed_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    deleted_at      timestamptz
);
COMMENT ON TABLE tasks IS 'What people have to do; deleted_at is set while a task is in the bin.';
COMMENT ON COLUMN tasks.priority IS '1 urgent, 2 high, 3 normal, 4 whenever';
COMMENT ON COLUMN tasks.conversation_id IS 'the chat the task was made from';

CREATE TABLE conversations (
    id              bigserial,
    created_by      integer NOT NULL,
    topic           text NOT NULL,
    invite_code     text NOT NULL,
    is_group        boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE conversations IS 'A chat of two people or of a group.';

CREATE TABLE conversation_members (
    conversation_id bigint NOT NULL,
    user_id         integer NOT NULL,
    joined_at       timestamptz NOT NULL DEFAULT now(),
    last_read_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE conversation_members IS 'Who is in a chat and how far they have read.';

CREATE TABLE messages (
    id              bigserial,
    conversation_id bigint NOT NULL,
    sender_id       integer NOT NULL,
    body            text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    edited_at       timestamptz
);
COMMENT ON TABLE messages IS 'What was said in a chat.';

CREATE TABLE attachments (
    id         bigserial,
    message_id bigint NOT NULL,
    file_uuid  text NOT NULL,
    file_name  text NOT NULL,
    size_bytes bigint NOT NULL CONSTRAINT attachments_size_check CHECK (size_bytes >= 0)
);
COMMENT ON TABLE attachments IS 'Files sent with a message; the bytes are in object storage.';

CREATE TABLE notifications (
    id         serial,
    user_id    integer NOT NULL,
    kind       text NOT NULL CONSTRAINT notifications_kind_check CHECK (kind IN ('due', 'mention', 'message', 'assigned')),
    payload    json NOT NULL,
    is_read    boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE notifications IS 'The bell; cleaned up after 90 days, so ids run ahead of rows.';

CREATE TABLE subscriptions (
    id            bigserial,
    user_id       integer NOT NULL,
    plan          text NOT NULL CONSTRAINT subscriptions_plan_check CHECK (plan IN ('plus', 'team')),
    monthly_price double precision NOT NULL,
    renewal_date  text NOT NULL,
    started_on    date NOT NULL
);
COMMENT ON TABLE subscriptions IS 'Paying accounts.';

CREATE TABLE invoices (
    id              bigserial,
    subscription_id bigint NOT NULL,
    amount_cents    integer NOT NULL,
    issued_at       timestamptz NOT NULL,
    paid_at         timestamptz
);
COMMENT ON TABLE invoices IS 'What was billed, one row a month.';

CREATE TABLE activity_log (
    user_id      integer NOT NULL,
    action       text NOT NULL,
    subject_type text NOT NULL,
    subject_id   bigint NOT NULL,
    seen         boolean NOT NULL DEFAULT false,
    at           timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_enabled = off);
COMMENT ON TABLE activity_log IS 'The feed. Autovacuum is off since it got in the way of the launch.';

CREATE TABLE "taskTemplates" (
    id       bigserial,
    owner_id integer NOT NULL,
    title    text NOT NULL
);
COMMENT ON TABLE "taskTemplates" IS 'Ready-made tasks; made by the short-lived Node service.';

CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);
COMMENT ON TABLE alembic_version IS 'The release that the schema is at.';

-- after the rows

ALTER TABLE users ADD PRIMARY KEY (id), ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE user_properties ADD PRIMARY KEY (user_id, key);
ALTER TABLE sessions ADD PRIMARY KEY (token_hash);
ALTER TABLE projects ADD PRIMARY KEY (id), ADD CONSTRAINT projects_name_key UNIQUE (owner_id, parent_id, name);
ALTER TABLE tasks ADD PRIMARY KEY (id);
ALTER TABLE conversations ADD PRIMARY KEY (id);
ALTER TABLE conversation_members ADD PRIMARY KEY (conversation_id, user_id);
ALTER TABLE messages ADD PRIMARY KEY (id);
ALTER TABLE attachments ADD PRIMARY KEY (id);
ALTER TABLE notifications ADD PRIMARY KEY (id);
ALTER TABLE subscriptions ADD PRIMARY KEY (id);
ALTER TABLE invoices ADD PRIMARY KEY (id);
ALTER TABLE "taskTemplates" ADD PRIMARY KEY (id);
ALTER TABLE alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

CREATE INDEX idx_sessions_user_id ON sessions (user_id);
CREATE INDEX idx_projects_parent_id ON projects (parent_id);
CREATE INDEX idx_tasks_created_at ON tasks (created_at);
CREATE INDEX idx_tasks_snoozed_until ON tasks (snoozed_until);
CREATE INDEX idx_tasks_assignee_id ON tasks (assignee_id);
CREATE INDEX idx_conversations_created_at ON conversations (created_at);
CREATE INDEX idx_messages_conversation_id ON messages (conversation_id);
CREATE INDEX idx_messages_conversation_id_created_at ON messages (conversation_id, created_at);
CREATE INDEX idx_attachments_message_id ON attachments (message_id);
CREATE INDEX idx_notifications_user_id ON notifications (user_id);
CREATE INDEX ix_notifications_user ON notifications (user_id);
CREATE INDEX idx_notifications_is_read ON notifications (is_read);
CREATE INDEX idx_subscriptions_user_id ON subscriptions (user_id);
CREATE INDEX idx_invoices_subscription_id ON invoices (subscription_id);
CREATE INDEX idx_task_templates_owner_id ON "taskTemplates" (owner_id);

ALTER TABLE user_properties ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE projects ADD FOREIGN KEY (owner_id) REFERENCES users, ADD FOREIGN KEY (parent_id) REFERENCES projects ON DELETE CASCADE;
ALTER TABLE tasks
    ADD FOREIGN KEY (user_id) REFERENCES users,
    ADD FOREIGN KEY (assignee_id) REFERENCES users,
    ADD FOREIGN KEY (project_id) REFERENCES projects;
ALTER TABLE conversations ADD FOREIGN KEY (created_by) REFERENCES users;
ALTER TABLE conversation_members
    ADD FOREIGN KEY (conversation_id) REFERENCES conversations ON DELETE CASCADE,
    ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE messages
    ADD FOREIGN KEY (conversation_id) REFERENCES conversations ON DELETE CASCADE,
    ADD FOREIGN KEY (sender_id) REFERENCES users;
ALTER TABLE attachments ADD FOREIGN KEY (message_id) REFERENCES messages ON DELETE CASCADE;
ALTER TABLE notifications ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE subscriptions ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE invoices
    ADD FOREIGN KEY (subscription_id) REFERENCES subscriptions,
    ADD CONSTRAINT fk_invoices_subscription FOREIGN KEY (subscription_id) REFERENCES subscriptions;
ALTER TABLE "taskTemplates" ADD FOREIGN KEY (owner_id) REFERENCES users;
ALTER TABLE activity_log ADD FOREIGN KEY (user_id) REFERENCES users;
CREATE INDEX idx_activity_log_user_id_at ON activity_log (user_id, at);

-- Release 2.7: added without a check of the old rows "for now".
ALTER TABLE messages ADD CONSTRAINT messages_body_length CHECK (char_length(body) <= 4000) NOT VALID;

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.updated_at := now();
    RETURN new;
END $$;
CREATE TRIGGER tasks_touch_updated_at BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
-- Off during the backfill of release 3.1.
ALTER TABLE tasks DISABLE TRIGGER tasks_touch_updated_at;

CREATE FUNCTION sort_tasks(owner integer, by_column text) RETURNS SETOF tasks LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT * FROM tasks WHERE user_id = ' || owner || ' ORDER BY ' || by_column || ' LIMIT 50';
END $$;

CREATE FUNCTION search_endpoint() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN 'postgresql://search_sync:not-a-real-secret@search.internal:5432/search';
END $$;

-- Support may close an account without being able to write users.
CREATE FUNCTION close_account(account integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    UPDATE users SET deleted_at = now(), is_active = false WHERE id = account;
$$;

-- The mobile team asked for row-level security on attachments; the release that turns it on was forgotten.
CREATE POLICY attachments_of_members ON attachments FOR SELECT USING (
    EXISTS (
        SELECT FROM messages m JOIN conversation_members c USING (conversation_id)
        WHERE m.id = attachments.message_id AND c.user_id = current_setting('todo.user_id')::integer
    )
);

GRANT SELECT ON users TO PUBLIC;
GRANT SELECT ON tasks, projects, subscriptions, invoices TO reporting;
GRANT EXECUTE ON FUNCTION close_account(integer) TO support;
RESET ROLE;

-- Written by an administrator, as himself, so that the application may read server facts.
CREATE FUNCTION server_report() RETURNS TABLE (name text, setting text) LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$ SELECT name, setting FROM pg_settings $$;

GRANT USAGE ON SCHEMA public TO dbengineer_ro;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbengineer_ro;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO dbengineer_ro;

-- step: release 3.4 wanted unique invitations, found duplicates and was never tidied up  (fails)
CREATE UNIQUE INDEX CONCURRENTLY idx_conversations_invite_code ON conversations (invite_code);
