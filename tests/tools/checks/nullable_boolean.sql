-- bad: public.users.admin; public.users.is_active
CREATE TABLE users (id bigint PRIMARY KEY, is_active boolean, admin boolean DEFAULT false);
-- good
CREATE TABLE users (id bigint PRIMARY KEY, is_active boolean NOT NULL, admin boolean NOT NULL DEFAULT false, hidden boolean CHECK (hidden IS NOT NULL));
CREATE TABLE requests (id bigint PRIMARY KEY, approved boolean);
