"""Which cases a letter tells of, when they are several; and in which letter a gathered notice went out."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = """
ALTER TABLE digest_item ADD COLUMN code text, ADD COLUMN message_id uuid REFERENCES message;
UPDATE digest_item SET code = content ->> 'code';
ALTER TABLE digest_item ALTER COLUMN code SET NOT NULL;
-- Letters of the past: one per person and minute at most, written in the transaction that marked its notices as told.
UPDATE digest_item SET message_id = message.message_id FROM message
 WHERE template = 'sla_digest' AND message.recipient_id = digest_item.recipient_id
   AND message.created_at BETWEEN told_at AND told_at + interval '10 seconds';
CREATE INDEX digest_item_of_case ON digest_item (code, item_id);
CREATE INDEX digest_item_of_message ON digest_item (message_id) WHERE message_id IS NOT NULL;

-- Notices are forgotten after a while; that a letter told of a case is not.
CREATE TABLE message_case (
    code text NOT NULL,
    message_id uuid NOT NULL REFERENCES message,
    PRIMARY KEY (code, message_id)
);
CREATE INDEX message_case_of_message ON message_case (message_id);
INSERT INTO message_case SELECT DISTINCT code, message_id FROM digest_item WHERE message_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_TABLES)
