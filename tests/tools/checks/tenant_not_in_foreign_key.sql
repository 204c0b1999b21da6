-- bad: public.comments.ticket_id
CREATE TABLE tickets (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, UNIQUE (tenant_id, id));
CREATE TABLE comments (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, ticket_id bigint REFERENCES tickets);
-- repair
ALTER TABLE comments ADD FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id);
-- good
CREATE TABLE tenants (tenant_id bigint PRIMARY KEY);
CREATE TABLE labels (id bigint PRIMARY KEY, tenant_id bigint REFERENCES tenants);
CREATE TABLE tickets (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, label_id bigint REFERENCES labels, UNIQUE (tenant_id, id));
CREATE TABLE comments (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL, ticket_id bigint NOT NULL,
  FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id)
);
CREATE TABLE comment_files (id bigint PRIMARY KEY, comment_id bigint REFERENCES comments);
