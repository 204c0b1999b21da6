-- bad: public.posts.related_ids; public.posts.tags
CREATE TABLE posts (id bigint PRIMARY KEY, tags text, related_ids varchar(200));
-- repair
ALTER TABLE posts ALTER tags TYPE text[] USING string_to_array(tags, ','), DROP related_ids;
-- good
CREATE TABLE posts (id bigint PRIMARY KEY, tags text[], price_list text, meta_keywords text, stages text);
CREATE TABLE tags (id bigint PRIMARY KEY, tag text);
