-- title: Trigger that is switched off
-- deliverable: schema
-- severity: medium
-- examines: triggers
-- why: What it kept right is not kept any more; switched off triggers of a foreign key let rows in that point nowhere.
-- advice: Switch it on again and look at the rows written since; drop it where it is not wanted.
SELECT format('%I.%I.%I', n.nspname, c.relname, coalesce(k.conname, t.tgname)) AS object,
       CASE WHEN k.conname IS NULL THEN 'trigger' ELSE 'foreign key that is not checked' END AS detail,
       string_agg(format('ALTER TABLE %I.%I ENABLE TRIGGER %I', n.nspname, c.relname, t.tgname), '; ' ORDER BY t.oid) AS fix,
       string_agg(format('ALTER TABLE %I.%I DISABLE TRIGGER %I', n.nspname, c.relname, t.tgname), '; '
         ORDER BY t.oid) AS undo
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND t.tgisinternal
LEFT JOIN pg_trigger parent ON parent.oid = t.tgparentid
WHERE t.tgenabled = 'D' AND (NOT t.tgisinternal OR k.contype = 'f')
  AND parent.tgenabled IS DISTINCT FROM 'D'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY n.nspname, c.relname, k.conname, coalesce(k.conname, t.tgname)
ORDER BY object
