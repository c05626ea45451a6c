# syntax=docker/dockerfile:1
# The mail and SMS sandboxes: mailboxes and phones to look at while developing. Never part of a production installation.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
COPY requirements/local.txt /requirements/
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements/local.txt
RUN groupadd --gid 10001 ventanilla && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin ventanilla \
    && mkdir /data && chown 10001:10001 /data
WORKDIR /app
COPY shared/ /app/shared/
COPY deploy/local/ /app/deploy/local/
COPY deploy/docker/sandbox-entrypoint.sh /app/
ENV PATH=/venv/bin:/usr/bin:/bin PYTHONPATH=/app PYTHONUNBUFFERED=1 SANDBOX_HOST=0.0.0.0 \
    MAIL_SANDBOX_FOLDER=/data MAIL_SANDBOX_SMTP_PORT=2525 MAIL_SANDBOX_WEB_PORT=8025 \
    SMS_SANDBOX_FOLDER=/data SMS_SANDBOX_PORT=8026 SMS_SANDBOX_USER=ventanilla
USER 10001:10001
ENTRYPOINT ["/bin/sh", "/app/sandbox-entrypoint.sh"]
