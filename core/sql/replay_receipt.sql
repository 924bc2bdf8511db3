-- The receipt of a replay, from the journal: what left by which route into which work item, and what has another cause.
-- Parameters: $batch, $mailboxes (in scope).
SELECT m.id::VARCHAR AS id, m.subject, CASE WHEN j.actor_kind = 'route' THEN j.actor ELSE '' END AS route, j.action AS what,
       coalesce(i.reference, '') AS reference,
       CASE WHEN i.id IS NULL THEN '' ELSE concat_ws(' · ', upper(i.kind[1]) || i.kind[2:], i.customer, i.contract, i.service) END AS target,
       b.cause AS cause_before, CASE WHEN j.status_after = 'unprocessed' THEN j.cause ELSE '' END AS cause_after,
       EXISTS (SELECT 1 FROM journal AS u WHERE u.undoes = $batch::UUID AND u.message_id = m.id) AS undone
FROM journal AS j
JOIN message AS m ON m.id = j.message_id AND list_contains($mailboxes::VARCHAR[], m.mailbox)
JOIN (SELECT message_id, cause FROM journal WHERE batch = $batch::UUID AND action = 'replay') AS b ON b.message_id = m.id
LEFT JOIN work_item AS i ON i.id = j.work_item_id
WHERE j.batch = $batch::UUID AND j.actor_kind IN ('route', 'rule')
ORDER BY j.action <> 'create', j.actor, m.received_at, m.id
