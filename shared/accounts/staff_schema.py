"""What accounts gained after the first release: sessions one can see and end, a second factor, invitations."""

from __future__ import annotations

STAFF_ACCOUNT_TABLES = """
ALTER TABLE account_session
    ADD COLUMN session_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN entered_by text NOT NULL DEFAULT 'password';
CREATE UNIQUE INDEX account_session_public ON account_session (session_id);

-- A secret that was shown but not yet confirmed with a code of it.
CREATE TABLE totp_enrolment (
    account_id uuid PRIMARY KEY REFERENCES account,
    secret text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE recovery_code (
    account_id uuid NOT NULL REFERENCES account,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

-- The account is opened, under this identifier, when the invitation is accepted.
CREATE TABLE invitation (
    invitation_id uuid PRIMARY KEY,
    account_id uuid NOT NULL UNIQUE,
    email text NOT NULL,
    full_name text NOT NULL,
    role text NOT NULL,
    locale text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    token_hash bytea NOT NULL UNIQUE,
    invited_by uuid NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_count integer NOT NULL DEFAULT 1,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX invitation_open ON invitation (lower(email)) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_age ON invitation (created_at DESC, invitation_id DESC);
"""
