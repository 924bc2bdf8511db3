-- The mails that are pinned to routes, as match.sql reads them: they are few, so they are copied once and not looked for
-- among all others again and again.
-- Reads: route_example, deciding_route.   Gives: deciding, deciding_recipient, deciding_body.
CREATE OR REPLACE TEMP TABLE deciding AS
SELECT id, mailbox, from_address, from_domain, subject, list_id, attachments FROM message
WHERE id IN (SELECT message_id FROM route_example);

CREATE OR REPLACE TEMP TABLE example_recipient AS
SELECT * FROM recipient WHERE message_id IN (SELECT id FROM deciding);
CREATE OR REPLACE TEMP VIEW deciding_recipient AS FROM example_recipient;

CREATE OR REPLACE TEMP TABLE example_body AS
SELECT message_id, text FROM message_body
WHERE message_id IN (SELECT id FROM deciding WHERE EXISTS (SELECT 1 FROM deciding_route WHERE len(body_contains) > 0));
CREATE OR REPLACE TEMP VIEW deciding_body AS FROM example_body;
