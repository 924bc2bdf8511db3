-- Earlier mail of the same sender and what became of it.   Parameters: $id, $mailboxes.   Newest first.
WITH earlier AS (
    SELECT m.id, m.subject, m.received_at, m.status, m.cause
    FROM message AS m
    JOIN (SELECT id, from_address, received_at FROM message WHERE id = $id::UUID) AS a
      ON m.from_address = a.from_address AND m.id <> a.id AND m.received_at <= a.received_at
    WHERE a.from_address <> '' AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
    ORDER BY m.received_at DESC LIMIT 10
),
last_entry AS (
    SELECT message_id, max_by(actor, id) AS actor, max_by(action, id) AS action, max_by(reason, id) AS reason
    FROM journal WHERE message_id IN (SELECT id FROM earlier) GROUP BY message_id
),
item AS (
    SELECT o.message_id, string_agg(DISTINCT concat_ws(' · ', w.reference, w.customer, w.contract, w.service), ', ')
           AS work_items
    FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id
    WHERE o.message_id IN (SELECT id FROM earlier) GROUP BY o.message_id
)
SELECT e.* REPLACE (e.id::VARCHAR AS id), j.actor, j.action, j.reason, i.work_items
FROM earlier AS e LEFT JOIN last_entry AS j ON j.message_id = e.id LEFT JOIN item AS i ON i.message_id = e.id
ORDER BY e.received_at DESC
