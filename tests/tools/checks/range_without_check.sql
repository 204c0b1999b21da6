-- bad: public.reviews.stars; public.sensors.signal_quality
CREATE TABLE reviews (id bigint PRIMARY KEY, stars smallint NOT NULL);
CREATE TABLE sensors (id bigint PRIMARY KEY, signal_quality double precision);
-- repair
ALTER TABLE reviews ADD CHECK (stars BETWEEN 1 AND 5);
ALTER TABLE sensors ADD CHECK (signal_quality BETWEEN 0 AND 1);
-- good
CREATE DOMAIN percentage AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE grades (id bigint PRIMARY KEY, name text);
CREATE TABLE reviews (id bigint PRIMARY KEY, stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5), grade bigint REFERENCES grades, quality text, percent percentage, starsign integer);
