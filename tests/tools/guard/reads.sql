SELECT 1;
SELECT o.id, o.total FROM shop.orders AS o WHERE o.placed_at > now() - interval '7 days' ORDER BY 2 DESC NULLS LAST LIMIT 20
TABLE shop.orders
VALUES (1, 'a'), (2, 'b')
(SELECT 1 UNION ALL SELECT 2) EXCEPT SELECT 3
WITH RECURSIVE tree AS (SELECT id, parent FROM shop.parts WHERE parent IS NULL UNION ALL SELECT p.id, p.parent FROM shop.parts p JOIN tree t ON t.id = p.parent) SEARCH DEPTH FIRST BY id SET sorted CYCLE id SET looped USING trail SELECT * FROM tree
SELECT count(*) FILTER (WHERE paid), sum(total) OVER w, percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM shop.orders GROUP BY GROUPING SETS ((region), ()) WINDOW w AS (PARTITION BY region)
SELECT * FROM shop.orders TABLESAMPLE bernoulli (1) REPEATABLE (7)
SELECT d::date, extract(isodow FROM d), d AT TIME ZONE 'UTC' FROM generate_series('2026-01-01'::timestamptz, now(), '1 day') WITH ORDINALITY AS days (d, n)
SELECT x.sku FROM shop.orders, JSON_TABLE(payload, '$.lines[*]' COLUMNS (sku text PATH '$.sku')) AS x
SELECT JSON_OBJECT('a': 1), JSON_ARRAYAGG(id), payload IS JSON, payload #>> '{a,b}' FROM shop.orders
SELECT (line).sku, tags[1:2], ARRAY[1, 2] || 3, ROW(1, 2) = ROW(1, 2), CASE WHEN id > 1 THEN coalesce(name, '?') END FROM shop.lines
SELECT * FROM ROWS FROM (unnest(ARRAY[1]), json_to_record('{}') AS (a int)) AS f
SELECT id FROM shop.orders WHERE total > ALL (SELECT total FROM shop.refunds) AND EXISTS (SELECT FROM shop.lines)
SELECT pg_size_pretty(pg_total_relation_size(c.oid)), pg_get_indexdef(c.oid), c.relkind FROM pg_class AS c WHERE c.relnamespace = 'shop'::regnamespace
SELECT pid, state, left(query, 80) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0
SELECT (information_schema._pg_expandarray(indkey)).n FROM pg_index
SELECT public.similarity(name, 'ab') FROM shop.parts WHERE name OPERATOR(public.%) 'ab' ORDER BY name USING OPERATOR(pg_catalog.<)
SELECT xmlelement(name a, 'b'), xmlserialize(CONTENT x AS text) FROM XMLTABLE('/r' PASSING ('<r/>'::xml) COLUMNS x xml PATH '.')
SELECT repeat('x', 20), lpad(name, 9), array_fill(0, ARRAY[3]), 7::numeric, 0x1F, 1_000 FROM shop.parts
SELECT * FROM shop.orders WHERE id = $1 AND region = $2
EXPLAIN SELECT * FROM shop.orders
EXPLAIN (VERBOSE, SETTINGS, FORMAT JSON) SELECT 1
SHOW work_mem
SELECT DISTINCT region FROM shop.orders
SELECT DISTINCT ON (region) region, total FROM shop.orders ORDER BY region, total
