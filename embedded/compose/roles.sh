#!/bin/sh
# One role and one schema per service, as `embedded.postgres.provide` makes them. Run once, on an empty database.
set -eu
for owner in gateway ranker slam cmdb monitoring deployer; do
  psql -v ON_ERROR_STOP=1 -v owner="$owner" -v password="$CORALE_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
create role :"owner" login password :'password';
create schema :"owner" authorization :"owner";
alter role :"owner" set search_path = :"owner";
SQL
done
