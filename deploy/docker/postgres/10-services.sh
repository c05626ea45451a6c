#!/bin/bash
# One database and one role per service; nobody has a grant on another's. Runs once, on an empty data folder.
set -euo pipefail
for service in intake routing notifications insights; do
    password=$(cat "/run/secrets/${service}_database_password")
    psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<SQL
CREATE ROLE $service LOGIN PASSWORD '$password';
ALTER ROLE $service SET lock_timeout = '2s';
ALTER ROLE $service SET idle_in_transaction_session_timeout = '15s';
CREATE DATABASE $service OWNER $service;
REVOKE CONNECT ON DATABASE $service FROM PUBLIC;
SQL
    psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$service" \
        -c 'CREATE EXTENSION unaccent' -c 'CREATE EXTENSION pg_trgm' -c 'CREATE EXTENSION pg_stat_statements'
done
