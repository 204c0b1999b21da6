-- bad: public.comments.commentable_id
CREATE TABLE comments (id bigint PRIMARY KEY, commentable_type text NOT NULL, commentable_id bigint NOT NULL);
-- repair
CREATE TABLE posts (id bigint PRIMARY KEY);
CREATE TABLE photos (id bigint PRIMARY KEY);
ALTER TABLE comments
  DROP commentable_type, DROP commentable_id,
  ADD post_id bigint REFERENCES posts, ADD photo_id bigint REFERENCES photos, ADD CHECK (num_nonnulls(post_id, photo_id) = 1);
-- good
CREATE TABLE payments (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, payment_type text, payment_id bigint REFERENCES payments, product_id bigint, product_type text);
CREATE TABLE products (id bigint PRIMARY KEY);
CREATE TABLE webhooks (id bigint PRIMARY KEY, provider text, event_id text, event_type text, UNIQUE (provider, event_id));
CREATE TABLE audit_trail (id bigint PRIMARY KEY, subject_type text, subject_id bigint);
