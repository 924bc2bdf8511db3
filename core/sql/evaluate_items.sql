-- What learners from libraries know about the mail of a fold: the same as everybody else, a row for each item of it.
-- Reads:  learned, asked, fold_mail, recipient.
-- Gives a row each, oldest mail first: message_id, target (NULL: to be told), item.
WITH item AS (
    SELECT id, 'from ' || from_address AS item FROM fold_mail WHERE from_address <> ''
    UNION ALL SELECT id, 'domain ' || from_domain FROM fold_mail WHERE from_domain <> ''
    UNION ALL SELECT id, 'list ' || list_id FROM fold_mail WHERE list_id <> ''
    UNION ALL SELECT id, 'mailbox ' || mailbox FROM fold_mail
    UNION ALL SELECT id, 'template ' || regexp_replace(lower(subject), '\d+', '#', 'g') FROM fold_mail WHERE subject <> ''
    UNION ALL SELECT id, 'word ' || unnest(list_distinct(regexp_extract_all(lower(subject), '[\p{L}]{3,}'))) FROM fold_mail
    UNION ALL SELECT DISTINCT r.message_id, kind || ' ' || address FROM recipient AS r SEMI JOIN fold_mail AS m ON m.id = r.message_id
    WHERE r.valid AND r.kind <> 'reply_to'
)
SELECT m.id::VARCHAR AS message_id, l.target, i.item
FROM item AS i JOIN fold_mail AS m USING (id) LEFT JOIN learned AS l ON l.message_id = m.id
ORDER BY m.received_at, m.id, i.item
