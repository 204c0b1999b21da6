-- bad: public.a(); public.endpoint()
CREATE FUNCTION a() RETURNS integer LANGUAGE plpgsql AS $$ DECLARE api_key text := 'k-12345678'; BEGIN RETURN length(api_key); END $$;
CREATE FUNCTION endpoint() RETURNS text LANGUAGE sql AS $$ SELECT 'postgresql://sync:not-a-real-one@search.internal/search' $$;
-- repair
DROP FUNCTION a();
DROP FUNCTION endpoint();
-- good
CREATE FUNCTION login(password text) RETURNS boolean LANGUAGE sql AS $$ SELECT login.password = 'none at all' $$;
CREATE FUNCTION endpoint() RETURNS text LANGUAGE sql AS $$ SELECT 'https://search.internal:8443/search?to=a@b' $$;
