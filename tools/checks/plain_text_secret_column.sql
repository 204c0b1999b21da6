-- title: Secrets in plain text
-- deliverable: security
-- severity: high
-- examines: columns
-- why: Whoever reads the table, a backup or a replica has them.
-- advice: Hash passwords (argon2, bcrypt), encrypt what has to be read again outside of the database, and grant the column to few.
-- Planner statistics show whether the values are hashes; without them the name has to do.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       CASE WHEN v.sample IS NULL THEN 'by its name; its values were not seen' ELSE 'values that are no hashes' END AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT coalesce(s.most_common_vals::text::text[], '{}') || coalesce(s.histogram_bounds::text::text[], '{}') AS sample
  FROM pg_stats s
  WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
    AND (s.most_common_vals IS NOT NULL OR s.histogram_bounds IS NOT NULL)
  LIMIT 1
) v ON true
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
  AND a.attname ~* '^((user_?)?(password|passwd|pwd)|(client_)?secret|secret_key|private_key|api_?key|(access|refresh|auth|api)_token|otp_secret|ssn|social_security(_number)?|credit_card(_number)?|card_number|cvv)$'
  AND NOT coalesce((
    SELECT bool_and(x.value ~ '^(\$[0-9a-z-]+\$|[a-z0-9_]+\$[0-9a-z=,.]+\$|\{[A-Z0-9-]+\}|SCRAM-|[0-9a-fA-F]{32,}$|!|$)')
    FROM unnest(v.sample) AS x (value)
  ), false)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY object
