"""The tables of accounts, as the first migration of a service that has people creates them."""

from __future__ import annotations

ACCOUNT_TABLES = """
CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    email text NOT NULL,
    password_hash text,
    full_name text NOT NULL,
    role text NOT NULL,
    locale text NOT NULL DEFAULT 'es',
    phone text,
    totp_secret text,
    totp_last_step bigint,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX account_email ON account (lower(email));

CREATE TABLE account_session (
    token_hash bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,
    kind text NOT NULL CHECK (kind IN ('web', 'api')),
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX account_session_account ON account_session (account_id);
CREATE INDEX account_session_expiry ON account_session (expires_at);

CREATE TABLE access_link (
    token_hash bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,
    purpose text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE throttle (
    key text PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL
);
"""
