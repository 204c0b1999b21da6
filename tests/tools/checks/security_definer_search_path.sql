-- bad: public.close_account(account integer); public.open_account(account integer)
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA shared;
GRANT CREATE ON SCHEMA shared TO PUBLIC;
CREATE FUNCTION close_account(account integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;
CREATE FUNCTION open_account(account integer) RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, shared AS $$ SELECT 1 $$;
-- good
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE FUNCTION close_account(account integer) RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT 1 $$;
CREATE FUNCTION open_account(account integer) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
