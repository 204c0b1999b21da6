-- bad: pg_stat_statements

-- good
CREATE EXTENSION pg_stat_statements;
