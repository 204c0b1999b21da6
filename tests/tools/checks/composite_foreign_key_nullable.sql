-- bad: public.seats.seats_hall_id_row_fkey
CREATE TABLE rows (hall_id int, row int, PRIMARY KEY (hall_id, row));
CREATE TABLE seats (id bigint PRIMARY KEY, hall_id int, row int, FOREIGN KEY (hall_id, row) REFERENCES rows);
-- good
CREATE TABLE rows (hall_id int, row int, PRIMARY KEY (hall_id, row));
CREATE TABLE seats (id bigint PRIMARY KEY, hall_id int NOT NULL, row int, FOREIGN KEY (hall_id, row) REFERENCES rows);
CREATE TABLE stands (id bigint PRIMARY KEY, hall_id int, row int, FOREIGN KEY (hall_id, row) REFERENCES rows MATCH FULL);
CREATE TABLE boxes (
  id bigint PRIMARY KEY, hall_id int, row int,
  FOREIGN KEY (hall_id, row) REFERENCES rows,
  CHECK ((hall_id IS NULL) = (row IS NULL))
);
