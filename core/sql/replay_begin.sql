-- Deciding the queue again: the messages asked about, as they stand.
-- Reads:  chosen (id, version, status, cause, subject: waiting, in scope, unchanged since they were seen), variable mailboxes
-- Gives:  looked_at   those whose own mailbox is in scope, because routes look at that one
--         replaying   those still to decide: all of them
CREATE OR REPLACE TEMP TABLE looked_at AS
SELECT m.id, m.version, m.cause, m.message_key FROM message AS m SEMI JOIN chosen AS c ON c.id = m.id
WHERE m.mailbox IN (SELECT unnest(getvariable('mailboxes')));

CREATE OR REPLACE TEMP TABLE replaying AS SELECT id FROM looked_at;
