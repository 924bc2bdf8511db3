-- The candidates as routes, to be asked about all that was decided by hand and all that waits.
-- Reads:  candidate, evidence; known_rule (routes that are there or were answered; rank from 1000000, settled_at: what
--         was decided before is settled by it); variables since, as_of, mailboxes
-- Gives:  unrouted   mail (a number), message_id, waiting, received_at: the mail that is asked about
--         deciding, deciding_recipient, deciding_body, deciding_route   for match.sql
CREATE OR REPLACE TEMP TABLE unrouted AS
SELECT row_number() OVER ()::INTEGER AS mail, *
FROM (
    SELECT message_id, false AS waiting, received_at FROM evidence
    UNION ALL
    SELECT id, true, received_at FROM message
    WHERE status = 'unprocessed' AND received_at >= getvariable('since') AND received_at < getvariable('as_of')
      AND list_contains(getvariable('mailboxes'), mailbox) AND id NOT IN (SELECT message_id FROM evidence)
      AND cause IN ('no_route', 'bcc_only', 'conditions_not_met', 'no_valid_address', 'target_missing')
);

SET VARIABLE first_id = (SELECT min(message_id) FROM unrouted);
CREATE OR REPLACE TEMP TABLE deciding AS
SELECT id, mailbox, from_address, from_domain, subject, list_id, attachments FROM message
WHERE id >= getvariable('first_id') AND id IN (SELECT message_id FROM unrouted);
CREATE OR REPLACE TEMP TABLE unrouted_recipient AS
SELECT * FROM recipient WHERE message_id >= getvariable('first_id') AND message_id IN (SELECT message_id FROM unrouted);
CREATE OR REPLACE TEMP VIEW deciding_recipient AS FROM unrouted_recipient;
CREATE OR REPLACE TEMP VIEW deciding_body AS
SELECT * FROM message_body WHERE message_id >= getvariable('first_id') AND message_id IN (SELECT message_id FROM unrouted);

CREATE OR REPLACE TEMP TABLE deciding_route AS
SELECT number::BIGINT AS rank, NULL::UUID AS id, 0 AS version, number AS position, mailbox, recipient,
       sender::VARCHAR[] AS sender, subject_contains::VARCHAR[] AS subject_contains, subject_regex,
       []::VARCHAR[] AS body_contains, list_id, NULL::BOOLEAN AS has_attachment, match_delivered
FROM candidate
UNION ALL BY NAME
SELECT rank, NULL::UUID AS id, 0 AS version, 0 AS position, mailbox, recipient, sender, subject_contains, subject_regex,
       body_contains, list_id, has_attachment, match_delivered
FROM known_rule;
