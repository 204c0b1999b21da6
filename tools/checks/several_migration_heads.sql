-- title: Migrations with several heads
-- deliverable: migrations
-- severity: medium
-- examines: tables
-- why: Alembic does not know which branch to go on from; `upgrade head` refuses, and a deploy stops half way.
-- advice: Merge the heads: alembic merge heads, then alembic upgrade head.
SELECT
    format('%I.%I', n.nspname, c.relname) AS object,
    format('about %s revisions are current at once', c.reltuples::bigint) AS detail
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND c.reltuples > 1
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'version_num')
ORDER BY 1
