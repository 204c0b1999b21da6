-- bad: public.readings_value
CREATE TABLE readings (at date, value numeric) PARTITION BY RANGE (at);
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
CREATE INDEX readings_value ON ONLY readings (value);
CREATE INDEX readings_2025_value ON readings_2025 (value);
ALTER INDEX readings_value ATTACH PARTITION readings_2025_value;
-- repair
CREATE INDEX readings_rest_value ON readings_rest (value);
ALTER INDEX readings_value ATTACH PARTITION readings_rest_value;
-- good
CREATE TABLE readings (at date, value numeric) PARTITION BY RANGE (at);
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
CREATE INDEX readings_value ON readings (value);
