-- From what was parsed to what deciding reads: a batch with all columns of message.
-- Taking mail in and deciding it both update this row: whoever comes second sees what the first has done.
UPDATE counter SET value = value + 1 WHERE name = 'intake';

-- Ids rise with time, so looking at those from the first of the batch on is enough, and spares reading all the others.
SET VARIABLE first_id = (SELECT min(id) FROM batch_parsed);

CREATE OR REPLACE TEMP TABLE batch AS
WITH place AS (
    SELECT message_id, list(DISTINCT mailbox ORDER BY mailbox) AS mailboxes
    FROM delivery
    WHERE message_id >= getvariable('first_id') AND message_id IN (SELECT id FROM batch_parsed)
    GROUP BY message_id
)
SELECT p.id, p.mailbox, place.mailboxes, p.message_id, md5_number_lower(p.message_id) AS message_key, p.in_reply_to,
       p."references", p.from_address, p.from_name, p.from_domain, p.subject, p.preview, p.list_id, p.automatic,
       p.sent_at, p.received_at, p.collected_at, p.size, p.attachments, p.defects, p.verdict, p.parser_version,
       NULL::VARCHAR AS status, NULL::VARCHAR AS cause, NULL::TIMESTAMP AS status_at, NULL::INTEGER AS version,
       p.decided_at, false AS exempt_from_blocks
FROM batch_parsed AS p JOIN place ON place.message_id = p.id
WHERE p.id NOT IN (SELECT id FROM message WHERE id >= getvariable('first_id'));
