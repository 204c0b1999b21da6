#!/bin/bash
# Loads the demo database of evals/schemas/todo at a tenth of its size; the image runs it when its volume is new.
set -euo pipefail
run() { psql --quiet --username "$POSTGRES_USER" --dbname todo "$@"; }
psql --quiet --username "$POSTGRES_USER" --command 'CREATE DATABASE todo'
run --file /demo/roles.sql
# One session: the seed uses temporary functions. The step that fails in the story fails here too.
{ sed '/^-- after the rows$/,$d' /demo/schema.sql; cat /demo/seed.sql; sed '1,/^-- after the rows$/d' /demo/schema.sql; } |
  run --variable scale=0.1
run --variable password="$DBENGINEER_RO_PASSWORD" <<'SQL'
ALTER ROLE dbengineer_ro PASSWORD :'password';
ANALYZE;
SQL
