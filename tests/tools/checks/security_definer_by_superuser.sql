-- bad: public.server_report()
CREATE FUNCTION server_report() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT version() $$;
REVOKE EXECUTE ON FUNCTION server_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION server_report() TO PUBLIC;
-- good
CREATE FUNCTION server_report() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT version() $$;
REVOKE EXECUTE ON FUNCTION server_report() FROM PUBLIC;
