-- What happened to a work item, oldest first: who did what to it, with which message, and whether that was taken back.
-- Reads: item_named (the one item).   Parameter: $mailboxes (mail and items outside them are not told of)
WITH merged AS MATERIALIZED (
    SELECT j.*, i.reference AS other FROM journal AS j JOIN work_item AS i ON i.id = j.work_item_id
    WHERE j.action = 'merge' AND j.message_id IS NULL AND j.reason IN (SELECT reference FROM item_named)
      AND j.happened_at >= (SELECT min(opened_at) FROM item_named)
),
held AS MATERIALIZED (
    SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT work_item_id FROM merged)
),
seen AS MATERIALIZED (
    SELECT id FROM (SELECT id, mailboxes FROM message WHERE id IN (SELECT message_id FROM held))
    WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[])
),
entry AS (
    SELECT j.*, NULL AS other FROM journal AS j
    WHERE j.work_item_id IN (SELECT id FROM item_named) AND j.happened_at >= (SELECT min(opened_at) FROM item_named)
    UNION ALL  -- what was merged into it is a part of its history too
    SELECT * FROM merged
    WHERE work_item_id IN (SELECT work_item_id FROM held WHERE message_id IN (SELECT id FROM seen))
),
mail AS MATERIALIZED (SELECT * FROM message WHERE id IN (SELECT message_id FROM entry)),
taken_back AS (SELECT undoes AS batch, message_id, work_item_id FROM journal WHERE undoes IN (SELECT batch FROM entry))
SELECT e.happened_at, e.actor, coalesce(p.name, e.actor) AS actor_name, e.actor_kind, e.action, e.reason, e.other,
       e.batch::VARCHAR AS batch, m.id::VARCHAR AS message_id, m.from_name, m.from_address, m.subject,
       EXISTS (SELECT 1 FROM taken_back AS t WHERE t.batch = e.batch
               AND (t.message_id = e.message_id OR e.message_id IS NULL AND t.work_item_id = e.work_item_id)) AS undone
FROM entry AS e
LEFT JOIN mail AS m ON m.id = e.message_id
LEFT JOIN person AS p ON p.email = e.actor
WHERE e.message_id IS NULL OR list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
ORDER BY e.happened_at, e.id
