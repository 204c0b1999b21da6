-- bad: public.api_clients.api_key; public.users.password
CREATE TABLE users (id integer, password text);
INSERT INTO users SELECT n, 'secret-' || n FROM generate_series(1, 200) n;
ANALYZE users;
CREATE TABLE api_clients (id integer, api_key text);
-- repair
ALTER TABLE users RENAME password TO password_hash;
ALTER TABLE api_clients RENAME api_key TO api_key_hash;
-- good
CREATE TABLE users (id integer, password text, password_hash text);
INSERT INTO users SELECT n, '$2b$12$' || md5(n::text), 'pbkdf2_sha256$600000$' || md5(n::text) FROM generate_series(1, 200) n;
ANALYZE users;
