-- bad: public.product_attributes; public.wp_postmeta
CREATE TABLE product_attributes (product_id bigint, name text, value text, PRIMARY KEY (product_id, name));
CREATE TABLE wp_postmeta (id bigint PRIMARY KEY, post_id bigint, meta_key text, meta_value text);
-- repair
DROP TABLE product_attributes, wp_postmeta;
CREATE TABLE products (id bigint PRIMARY KEY, colour text, weight numeric, more jsonb);
-- good
CREATE TABLE settings (key text PRIMARY KEY, value jsonb NOT NULL);
CREATE TABLE measurements (id bigint PRIMARY KEY, sensor_id bigint, at timestamptz, value numeric);
CREATE TABLE user_preferences (user_id bigint, key text, value text, PRIMARY KEY (user_id, key));
CREATE TABLE fields (id bigint PRIMARY KEY, name text, owner_id bigint);
