-- bad: public.appointments; public.prices
CREATE TABLE doctors (id bigint PRIMARY KEY);
CREATE TABLE appointments (id bigint PRIMARY KEY, doctor_id bigint REFERENCES doctors, starts_at timestamptz NOT NULL, ends_at timestamptz);
CREATE TABLE prices (good_id bigint, valid_from date, valid_to date, PRIMARY KEY (good_id, valid_from));
-- repair
CREATE EXTENSION btree_gist;
ALTER TABLE appointments ADD EXCLUDE USING gist (doctor_id WITH =, tstzrange(starts_at, ends_at) WITH &&);
ALTER TABLE prices ADD EXCLUDE USING gist (good_id WITH =, daterange(valid_from, valid_to) WITH &&);
-- good
CREATE TABLE rooms (id bigint PRIMARY KEY);
CREATE TABLE meetings (id bigint PRIMARY KEY, room_id bigint REFERENCES rooms, started_at timestamptz, ended_at timestamptz);
CREATE TABLE coupons (id bigint PRIMARY KEY, code text UNIQUE, valid_from date NOT NULL, valid_to date);
CREATE TABLE shifts (id bigint PRIMARY KEY, starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL);
CREATE TABLE bookings (id bigint PRIMARY KEY, room_id bigint REFERENCES rooms, booked_at timestamptz NOT NULL);
