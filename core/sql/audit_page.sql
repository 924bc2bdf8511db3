-- A page of audit_found, newest first, as a person sees it.
-- Parameters: $limit, $skip, $mailboxes (in scope)
WITH place AS MATERIALIZED (SELECT * FROM audit_found ORDER BY happened_at DESC, id DESC LIMIT $limit OFFSET $skip),
entry AS MATERIALIZED (SELECT * FROM journal WHERE id IN (SELECT id FROM place)),
mail AS MATERIALIZED (SELECT * FROM message WHERE id IN (SELECT message_id FROM place)),
item AS MATERIALIZED (SELECT id, reference, subject FROM work_item WHERE id IN (SELECT work_item_id FROM entry)),
undone AS MATERIALIZED (SELECT DISTINCT undoes AS batch FROM journal WHERE undoes IN (SELECT batch FROM entry))
SELECT e.id::VARCHAR AS id, e.happened_at, e.actor, coalesce(p.name, e.actor) AS actor_name, e.actor_kind, e.action,
       e.status_before, e.status_after, e.cause, e.reason, e.batch::VARCHAR AS batch, e.undoes::VARCHAR AS undoes,
       u.batch IS NOT NULL AS undone, i.reference AS work_item, m.id::VARCHAR AS message_id, m.from_address,
       m.from_name, coalesce(m.subject, i.subject) AS subject, m.received_at, b.name AS mailbox,
       b.address AS mailbox_address, m.status, m.version
FROM entry AS e
LEFT JOIN mail AS m ON m.id = e.message_id
LEFT JOIN mailbox AS b ON b.name = coalesce(
    CASE WHEN list_contains($mailboxes::VARCHAR[], m.mailbox) THEN m.mailbox END,
    list_intersect(m.mailboxes, $mailboxes::VARCHAR[])[1])
LEFT JOIN item AS i ON i.id = e.work_item_id
LEFT JOIN person AS p ON p.email = e.actor
LEFT JOIN undone AS u ON u.batch = e.batch
ORDER BY e.happened_at DESC, e.id DESC
