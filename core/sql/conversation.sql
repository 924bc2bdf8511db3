-- The conversation a message belongs to: what it answers and what answers it, by Message-ID, never by subject.
-- Parameters: $id, $mailboxes.   Newest first.
WITH asked AS (SELECT * FROM message WHERE id = $id::UUID),
named AS (SELECT unnest(list_distinct(list_concat(in_reply_to, "references"))) AS message_id FROM asked)
SELECT m.id::VARCHAR AS id, m.from_name, m.from_address, m.subject, m.received_at, m.status,
       (SELECT string_agg(DISTINCT w.reference, ', ') FROM work_item_message AS o JOIN work_item AS w
        ON w.id = o.work_item_id WHERE o.message_id = m.id) AS work_items
FROM message AS m, asked AS a
WHERE m.id <> a.id AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
  AND (m.message_key IN (SELECT md5_number_lower(message_id) FROM named)
         AND m.message_id IN (SELECT message_id FROM named)
       OR a.message_id <> '' AND m.received_at >= a.received_at - INTERVAL 30 DAY
         AND (list_contains(m."references", a.message_id) OR list_contains(m.in_reply_to, a.message_id)))
ORDER BY m.received_at DESC LIMIT 20
