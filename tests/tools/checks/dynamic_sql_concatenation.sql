-- bad: public.sort_tasks(by_column text)
CREATE FUNCTION sort_tasks(by_column text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT 1 ORDER BY ' || by_column;
END $$;
-- repair
DROP FUNCTION sort_tasks(text);
-- good
CREATE FUNCTION sort_tasks(by_column text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- EXECUTE 'SELECT 1 ORDER BY ' || by_column;
    EXECUTE format('SELECT 1 ORDER BY %I', by_column);
    EXECUTE 'SELECT 1 ORDER BY ' || quote_ident(by_column);
    EXECUTE 'SELECT 1 '
         || 'ORDER BY 1';
END $$;
