#!/bin/sh
# One word says which process of the service this container is: web, worker, relay, clock, sender CHANNEL, migrate.
set -eu
rm -rf "$PROMETHEUS_MULTIPROC_DIR" && mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
rooms="services.$SERVICE.entrypoints"
case "$1" in
web) exec gunicorn -c /app/gunicorn_conf.py "$rooms.wsgi:create_app()" ;;
worker)
    export REMAP_SIGTERM=SIGQUIT # a running task gets its time to end
    exec celery -A "$rooms.worker:app" worker -P prefork -c "${WORKER_CONCURRENCY:-1}" -O fair -Q "$SERVICE.events" \
        --without-gossip --without-mingle --without-heartbeat --loglevel WARNING ;;
relay | clock) exec python3 -m "$rooms.$1" ;;
sender) exec python3 -m "$rooms.sender" "$2" ;;
migrate | seed-demo) exec python3 -m "$rooms.cli" "$1" ;;
*) exec "$@" ;;
esac
