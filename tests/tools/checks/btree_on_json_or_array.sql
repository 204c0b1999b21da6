-- bad: public.posts_data; public.posts_tags
CREATE TABLE posts (id bigint PRIMARY KEY, tags text[], data jsonb);
CREATE INDEX posts_tags ON posts (tags);
CREATE INDEX posts_data ON posts (data, id);
-- repair
DROP INDEX posts_tags, posts_data;
CREATE INDEX posts_tags ON posts USING gin (tags);
CREATE INDEX posts_data ON posts USING gin (data jsonb_path_ops);
-- good
CREATE TABLE posts (id bigint PRIMARY KEY, tags text[], data jsonb, path int[]);
CREATE INDEX posts_tags ON posts USING gin (tags);
CREATE INDEX posts_status ON posts ((data ->> 'status'));
CREATE INDEX posts_path ON posts (path);
CREATE INDEX posts_with_tags ON posts (id) INCLUDE (tags);
