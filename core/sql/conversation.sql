-- The conversation a message belongs to: what it answers and what answers it, by Message-ID, never by subject.
-- Parameters: $id, $mailboxes.   Newest first.
-- The narrow columns come first and leave few messages; whose mail may be seen is asked last.
WITH asked AS MATERIALIZED (
    SELECT id, message_id, received_at, list_distinct(list_concat(in_reply_to, "references")) AS named
    FROM message WHERE id = $id::UUID
),
named AS MATERIALIZED (SELECT unnest(named) AS message_id FROM asked),
alike AS MATERIALIZED (
    SELECT id, message_id FROM message WHERE message_key IN (SELECT md5_number_lower(message_id) FROM named)
),
later AS MATERIALIZED (  -- clocks differ, so an answer may seem to be older
    SELECT id, "references", in_reply_to FROM message
    WHERE received_at >= (SELECT received_at - INTERVAL 30 DAY FROM asked) AND len("references") + len(in_reply_to) > 0
),
around AS MATERIALIZED (
    SELECT id FROM alike WHERE message_id IN (SELECT message_id FROM named)
    UNION
    SELECT l.id FROM later AS l, asked AS a
    WHERE a.message_id <> '' AND (list_contains(l."references", a.message_id) OR list_contains(l.in_reply_to, a.message_id))
),
seen AS MATERIALIZED (
    SELECT * FROM (SELECT * FROM message WHERE id IN (SELECT id FROM around) AND id <> $id::UUID)
    WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[])
    ORDER BY received_at DESC LIMIT 20
),
item AS (
    SELECT o.message_id, string_agg(DISTINCT w.reference, ', ') AS work_items
    FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id
    WHERE o.message_id IN (SELECT id FROM seen) GROUP BY o.message_id
)
SELECT s.id::VARCHAR AS id, s.from_name, s.from_address, s.subject, s.received_at, s.status, i.work_items
FROM seen AS s LEFT JOIN item AS i ON i.message_id = s.id
ORDER BY s.received_at DESC
