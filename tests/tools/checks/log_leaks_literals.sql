-- bad: log_parameter_max_length; log_statement
SET log_statement = 'all';
SET log_min_duration_statement = '500ms';
-- repair
SET log_statement = 'ddl';
SET log_parameter_max_length = 0;
-- good
SET log_statement = 'ddl';
SET log_min_duration_statement = '500ms';
SET log_parameter_max_length = 0;
