-- bad: public.categories.categories_parent_id_fkey
CREATE TABLE categories (id bigint PRIMARY KEY, parent_id bigint REFERENCES categories);
-- repair
ALTER TABLE categories
  DROP CONSTRAINT categories_parent_id_fkey,
  ADD CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories ON DELETE SET NULL;
-- good
CREATE TABLE categories (id bigint PRIMARY KEY, parent_id bigint REFERENCES categories ON DELETE RESTRICT);
CREATE TABLE products (id bigint PRIMARY KEY, category_id bigint REFERENCES categories);
