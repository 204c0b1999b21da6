-- bad: public.carts_user_id_product_id_key; public.users_email_deleted_at
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, deleted_at timestamptz);
CREATE UNIQUE INDEX users_email_deleted_at ON users (email, deleted_at);
CREATE TABLE carts (id bigint PRIMARY KEY, user_id bigint REFERENCES users, product_id bigint, UNIQUE (user_id, product_id));
-- repair
CREATE UNIQUE INDEX users_email_live ON users (email) WHERE deleted_at IS NULL;
DROP INDEX users_email_deleted_at;
ALTER TABLE carts ALTER user_id SET NOT NULL, ALTER product_id SET NOT NULL;
-- good
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, phone text UNIQUE, deleted_at timestamptz);
CREATE UNIQUE INDEX users_email_live ON users (email) WHERE deleted_at IS NULL;
CREATE TABLE products (id bigint PRIMARY KEY, shop_id bigint NOT NULL, barcode text, UNIQUE (shop_id, barcode));
CREATE TABLE categories (id bigint PRIMARY KEY, parent_id bigint REFERENCES categories, name text NOT NULL, UNIQUE (parent_id, name));
CREATE UNIQUE INDEX categories_top ON categories (name) WHERE parent_id IS NULL;
