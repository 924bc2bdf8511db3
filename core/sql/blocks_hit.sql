-- The blocks that concern a person's mailboxes, in force first, with what each has deleted of the mail they may see.
-- Parameters: $mailboxes (in scope), $now
-- Mail is deleted by a block when it arrives (its journal names the block) and when the block is made (the entries of
-- that minute, with its reason, by the person who made it).
WITH concerned AS MATERIALIZED (
    SELECT * FROM block WHERE mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox)
),
entry AS MATERIALIZED (
    SELECT b.id AS block_id, j.message_id, j.happened_at
    FROM concerned AS b JOIN journal AS j
      ON j.actor_kind = 'block' AND j.actor = b.kind || ' ' || b.value AND j.happened_at >= b.created_at
     AND j.happened_at <= coalesce(b.lifted_at, j.happened_at)
    UNION
    SELECT b.id, j.message_id, j.happened_at
    FROM concerned AS b JOIN journal AS j
      ON j.action = 'block' AND j.actor = b.created_by AND j.reason = b.reason
     AND j.happened_at >= b.created_at AND j.happened_at < b.created_at + INTERVAL 1 MINUTE
),
mail AS MATERIALIZED (
    SELECT e.block_id, e.happened_at, m.id, m.mailboxes, m.status, m.from_address, m.from_domain, m.list_id
    FROM entry AS e JOIN message AS m ON m.id = e.message_id
),
hit AS (
    SELECT l.block_id, count(DISTINCT l.id) AS hits, count(DISTINCT l.id) FILTER (l.status = 'deleted') AS still_deleted,
           max(l.happened_at) AS last_hit_at
    FROM mail AS l JOIN concerned AS b ON b.id = l.block_id
    WHERE list_has_any(l.mailboxes, $mailboxes::VARCHAR[]) AND (b.mailbox IS NULL OR list_contains(l.mailboxes, b.mailbox))
      AND b.value = CASE b.kind WHEN 'address' THEN l.from_address WHEN 'domain' THEN l.from_domain ELSE l.list_id END
    GROUP BY l.block_id
)
SELECT b.id::VARCHAR AS id, b.kind, b.value, b.mailbox, b.reason, b.created_by, coalesce(p.name, b.created_by) AS created_by_name,
       b.created_at, b.expires_at, b.lifted_at, coalesce(q.name, b.lifted_by) AS lifted_by_name,
       CASE WHEN b.lifted_at IS NOT NULL THEN 'lifted' WHEN b.expires_at <= $now THEN 'expired' ELSE 'in_force' END AS state,
       coalesce(h.hits, 0) AS hits, coalesce(h.still_deleted, 0) AS still_deleted, h.last_hit_at
FROM concerned AS b
LEFT JOIN hit AS h ON h.block_id = b.id
LEFT JOIN person AS p ON p.email = b.created_by
LEFT JOIN person AS q ON q.email = b.lifted_by
ORDER BY state <> 'in_force', b.created_at DESC, b.id DESC
