"""Files that go out with answers: what is known of each, its bytes, and the message it went with."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE answer_attachment (
    attachment_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES casefile,
    author_id uuid NOT NULL REFERENCES account,
    name text NOT NULL,
    media_type text NOT NULL,
    byte_count integer NOT NULL CHECK (byte_count BETWEEN 1 AND 2097152),
    sha256 text NOT NULL,
    added_at timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX answer_attachment_held ON answer_attachment (case_id, author_id) WHERE sent_at IS NULL;

-- Apart from what lists read; compressed already, so stored as it is.
CREATE TABLE attachment_content (
    attachment_id uuid PRIMARY KEY REFERENCES answer_attachment ON DELETE CASCADE,
    content bytea NOT NULL
);
ALTER TABLE attachment_content ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE message_attachment (
    message_id uuid NOT NULL REFERENCES case_message,
    attachment_id uuid NOT NULL REFERENCES answer_attachment,
    position integer NOT NULL,
    token text NOT NULL UNIQUE,
    withdrawn_at timestamptz,
    withdrawn_by text NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, attachment_id)
);

ALTER TABLE answer_review_round ADD COLUMN attachments jsonb NOT NULL DEFAULT '[]';
"""


def upgrade() -> None:
    op.execute(_TABLES)
