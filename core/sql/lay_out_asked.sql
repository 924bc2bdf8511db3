-- From a mail that is only asked about to what deciding reads: like lay_out_batch.sql, but nothing of it lies anywhere.
-- Reads: batch_parsed.   Gives: batch, decided.
CREATE OR REPLACE TEMP TABLE batch AS
SELECT id, mailbox, [mailbox] AS mailboxes, message_id, md5_number_lower(message_id) AS message_key, in_reply_to,
       "references", from_address, from_name, from_domain, subject, preview, list_id, automatic, sent_at, received_at,
       collected_at, size, attachments, defects, verdict, parser_version, NULL::VARCHAR AS status,
       NULL::VARCHAR AS cause, NULL::TIMESTAMP AS status_at, NULL::INTEGER AS version, decided_at,
       false AS exempt_from_blocks
FROM batch_parsed;

CREATE OR REPLACE TEMP TABLE decided (id UUID);
