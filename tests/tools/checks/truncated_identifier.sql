-- bad: public.index_of_the_orders_by_customer_and_by_date_and_by_place_and_by
CREATE TABLE orders (id bigint PRIMARY KEY, day date);
CREATE INDEX index_of_the_orders_by_customer_and_by_date_and_by_place_and_by_status ON orders (day);
-- repair
ALTER INDEX index_of_the_orders_by_customer_and_by_date_and_by_place_and_by RENAME TO orders_by_day;
-- good
CREATE TABLE the_table_with_a_rather_long_name (id bigint PRIMARY KEY, the_column_with_a_rather_long_name date);
CREATE INDEX ON the_table_with_a_rather_long_name (the_column_with_a_rather_long_name);
