-- bad: public.posts.related_ids; public.posts.tags; public.tenants.features
CREATE TABLE posts (id bigint PRIMARY KEY, tags text, related_ids varchar(200));
CREATE TABLE tenants (id bigint PRIMARY KEY, features text);
INSERT INTO tenants SELECT n, (ARRAY['sso,audit,api', 'api,export', 'sso'])[1 + n % 3] FROM generate_series(1, 60) n;
ANALYZE tenants;
-- repair
ALTER TABLE posts ALTER tags TYPE text[] USING string_to_array(tags, ','), DROP related_ids;
ALTER TABLE tenants ALTER features TYPE text[] USING string_to_array(features, ',');
-- good
CREATE TABLE posts (id bigint PRIMARY KEY, tags text[], price_list text, meta_keywords text, stages text);
CREATE TABLE tags (id bigint PRIMARY KEY, tag text);
CREATE TABLE people (id bigint PRIMARY KEY, name text, spot text, said text, word text);
INSERT INTO people SELECT n, 'Smith, John ' || n, n % 7 || ',5', 'first,second, third', 'word' FROM generate_series(1, 200) n;
ANALYZE people;
