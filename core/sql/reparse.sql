-- What was parsed anew takes the place of what is stored; its arrival, size and standing stay.
-- Reads: chosen (column id), batch_parsed, batch_body, batch_recipient, batch_attachment (core/parsed_rows.py).
UPDATE message
SET message_id = p.message_id, message_key = md5_number_lower(p.message_id), in_reply_to = p.in_reply_to,
    "references" = p."references", from_address = p.from_address, from_name = p.from_name, from_domain = p.from_domain,
    subject = p.subject, preview = p.preview, list_id = p.list_id, automatic = p.automatic, sent_at = p.sent_at,
    attachments = p.attachments, defects = p.defects, verdict = p.verdict, parser_version = p.parser_version
FROM batch_parsed AS p SEMI JOIN chosen AS c ON c.id = p.id
WHERE message.id = p.id;

DELETE FROM message_body WHERE message_id IN (SELECT id FROM chosen);
DELETE FROM recipient WHERE message_id IN (SELECT id FROM chosen);
DELETE FROM attachment WHERE message_id IN (SELECT id FROM chosen);
INSERT INTO message_body SELECT b.* FROM batch_body AS b SEMI JOIN chosen AS c ON c.id = b.message_id;
INSERT INTO recipient SELECT r.* FROM batch_recipient AS r SEMI JOIN chosen AS c ON c.id = r.message_id;
INSERT INTO attachment SELECT a.* FROM batch_attachment AS a SEMI JOIN chosen AS c ON c.id = a.message_id;
