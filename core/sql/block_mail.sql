-- The mail that a block deleted, or that an allow spared, newest first.
-- Parameters: $id (of the entry), $mailboxes (in scope), $limit
-- How it is known which entry did it: see blocks.sql.
WITH asked AS MATERIALIZED (SELECT * FROM block WHERE id = $id::UUID),
touched AS MATERIALIZED (
    SELECT j.message_id FROM asked AS b JOIN journal AS j ON j.actor = b.kind || ' ' || b.value
    WHERE b.effect = 'block' AND j.actor_kind = 'block'
      AND j.happened_at BETWEEN b.created_at AND coalesce(b.lifted_at, j.happened_at)
    UNION
    SELECT j.message_id FROM asked AS b JOIN journal AS j ON j.batch = b.id
    WHERE b.effect = 'block' AND j.action = 'block'
    UNION
    SELECT d.message_id FROM asked AS b JOIN decision AS d ON d.spared_by = b.kind || ' ' || b.value
    WHERE b.effect = 'allow' AND d.decided_at BETWEEN b.created_at AND coalesce(b.lifted_at, d.decided_at)
),
found AS (
    SELECT m.* FROM message AS m, asked AS b
    WHERE m.id IN (SELECT message_id FROM touched) AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
      AND (b.mailbox IS NULL OR list_contains(m.mailboxes, b.mailbox))
    ORDER BY m.received_at DESC, m.id DESC LIMIT $limit
)
SELECT m.id::VARCHAR AS id, m.version,
       CASE WHEN list_contains($mailboxes::VARCHAR[], m.mailbox) THEN m.mailbox
            ELSE list_intersect(m.mailboxes, $mailboxes::VARCHAR[])[1] END AS mailbox,
       m.from_address, m.from_name, m.subject, m.received_at, m.status, m.cause, w.work_items
FROM found AS m
LEFT JOIN (SELECT o.message_id, string_agg(i.reference, ', ' ORDER BY i.number) AS work_items
           FROM work_item_message AS o JOIN work_item AS i ON i.id = o.work_item_id
           WHERE o.message_id IN (SELECT id FROM found) GROUP BY o.message_id) AS w ON w.message_id = m.id
ORDER BY m.received_at DESC, m.id DESC
