-- bad: plunsafe
CREATE LANGUAGE plunsafe HANDLER plpgsql_call_handler;
-- repair
DROP LANGUAGE plunsafe;
-- good
CREATE TRUSTED LANGUAGE plsafe HANDLER plpgsql_call_handler;
