-- bad: public.members_user_id_club_id_key; public.users_email_key
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, api_token text UNIQUE, deleted_at timestamptz);
CREATE TABLE clubs (id bigint PRIMARY KEY);
CREATE TABLE members (
  id bigint PRIMARY KEY, user_id bigint REFERENCES users, club_id bigint REFERENCES clubs, deleted_at timestamptz,
  UNIQUE (user_id, club_id)
);
-- repair
CREATE UNIQUE INDEX users_email_live ON users (email) WHERE deleted_at IS NULL;
ALTER TABLE users DROP CONSTRAINT users_email_key;
CREATE UNIQUE INDEX members_live ON members (user_id, club_id) WHERE deleted_at IS NULL;
ALTER TABLE members DROP CONSTRAINT members_user_id_club_id_key;
-- good
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, public_id uuid UNIQUE, code text UNIQUE);
CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL, invoice_number text UNIQUE, slug text UNIQUE, deleted_at timestamptz);
CREATE UNIQUE INDEX accounts_email_live ON accounts (email) WHERE deleted_at IS NULL;
CREATE TABLE links (id bigint PRIMARY KEY, slug text REFERENCES accounts (slug));
