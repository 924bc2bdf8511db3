-- Earlier mail of the same sender and what became of it.   Parameters: $id, $mailboxes.   Newest first.
WITH asked AS MATERIALIZED (SELECT from_address, received_at FROM message WHERE id = $id::UUID),
written AS MATERIALIZED (  -- whose mail may be seen is asked last: of this sender's only
    SELECT id, subject, received_at, status, cause, mailboxes FROM message
    WHERE from_address = (SELECT from_address FROM asked) AND from_address <> '' AND id <> $id::UUID
      AND received_at <= (SELECT received_at FROM asked)
),
earlier AS MATERIALIZED (
    SELECT id, subject, received_at, status, cause FROM written WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[])
    ORDER BY received_at DESC LIMIT 10
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
