-- bad: public.members.email; public.users.email
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE members (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, email varchar(200), left_at timestamptz);
CREATE UNIQUE INDEX members_email ON members (tenant_id, email) WHERE left_at IS NULL;
-- good
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email = lower(email)));
CREATE TABLE members (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE UNIQUE INDEX members_email_lower ON members (lower(email));
CREATE TABLE messages (id bigint PRIMARY KEY, sender_email text NOT NULL);
