-- title: The server listens on all addresses
-- deliverable: security
-- severity: low
-- examines: settings
-- why: An address that is added to the machine later, even a public one, is served at once.
-- advice: Name the addresses in listen_addresses; inside a container all addresses are right, then the published port has to be limited.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail
FROM pg_settings s
WHERE s.name = 'listen_addresses' AND s.setting ~ '(\*|0\.0\.0\.0|(^|[ ,])::($|[ ,]))'
ORDER BY object
