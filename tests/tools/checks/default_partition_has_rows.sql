-- bad: public.readings_rest
CREATE TABLE readings (at timestamptz NOT NULL, value numeric) PARTITION BY RANGE (at);
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
INSERT INTO readings VALUES ('2025-06-01', 1), ('2026-06-01', 2);
-- repair
ALTER TABLE readings DETACH PARTITION readings_rest;
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO readings SELECT * FROM readings_rest;
TRUNCATE readings_rest;
ALTER TABLE readings ATTACH PARTITION readings_rest DEFAULT;
-- good
CREATE TABLE readings (at timestamptz NOT NULL, value numeric) PARTITION BY RANGE (at);
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
INSERT INTO readings VALUES ('2025-06-01', 1);
CREATE TABLE shops (country text) PARTITION BY LIST (country);
CREATE TABLE shops_elsewhere PARTITION OF shops DEFAULT;
INSERT INTO shops VALUES ('NZ');
