-- title: Every role may connect to the database
-- deliverable: security
-- severity: low
-- examines: databases
-- why: A role that was made for another database gets in here too, and sees all names and functions.
-- advice: GRANT CONNECT to the roles that need it, then REVOKE CONNECT ON DATABASE … FROM PUBLIC.
SELECT d.datname::text AS object,
       'PUBLIC may CONNECT' AS detail
FROM pg_database d
CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT' AND d.datname = current_database()
ORDER BY object
