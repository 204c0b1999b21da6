-- title: A prepared transaction was forgotten
-- deliverable: recovery
-- severity: high
-- examines: prepared transactions
-- why: It keeps its locks through restarts and holds vacuum back.
-- advice: Ask the transaction manager for its outcome, then COMMIT PREPARED or ROLLBACK PREPARED.
SELECT p.gid AS object,
       format('prepared at %s by %I in %I', date_trunc('second', p.prepared), p.owner, p.database) AS detail
FROM pg_prepared_xacts p
WHERE p.prepared < now() - interval '1 hour'
ORDER BY object
