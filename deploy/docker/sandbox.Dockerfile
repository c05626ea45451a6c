# syntax=docker/dockerfile:1
# The SMS sandbox: a phone to look at while developing. Never part of a production installation.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
COPY requirements/local.txt /requirements/
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements/local.txt
RUN groupadd --gid 10001 ventanilla && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin ventanilla \
    && mkdir /data && chown 10001:10001 /data
WORKDIR /app
COPY deploy/local/ /app/deploy/local/
ENV PATH=/venv/bin:/usr/bin:/bin PYTHONPATH=/app PYTHONUNBUFFERED=1 SMS_SANDBOX_FOLDER=/data SMS_SANDBOX_PORT=8026 \
    SMS_SANDBOX_HOST=0.0.0.0 SMS_SANDBOX_USER=ventanilla
USER 10001:10001
CMD ["/bin/sh", "-c", "SMS_SANDBOX_PASSWORD=$(cat /run/secrets/sms_password) exec python3 -m deploy.local.sms_sandbox"]
