-- The blocks and allows that concern a person's mailboxes, in force first, with what each did to the mail they may see.
-- Parameters: $mailboxes (in scope), $now, $id (only this one; NULL: all)
-- A block deletes mail when it is made (the entries of its own batch) and when mail arrives (the entries name it); an
-- allow spares mail when it arrives (the decisions name it).
WITH concerned AS MATERIALIZED (
    SELECT * FROM block
    WHERE (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox))
      AND ($id::VARCHAR IS NULL OR id = try_cast($id AS UUID))
),
entry AS MATERIALIZED (
    SELECT b.id AS block_id, j.message_id, j.happened_at
    FROM concerned AS b JOIN journal AS j ON j.actor = b.kind || ' ' || b.value
    WHERE b.effect = 'block' AND j.actor_kind = 'block'
      AND j.happened_at BETWEEN b.created_at AND coalesce(b.lifted_at, j.happened_at)
    UNION
    SELECT b.id, j.message_id, j.happened_at
    FROM concerned AS b JOIN journal AS j ON j.batch = b.id
    WHERE b.effect = 'block' AND j.action = 'block'
    UNION
    SELECT b.id, d.message_id, d.decided_at
    FROM concerned AS b JOIN decision AS d ON d.spared_by = b.kind || ' ' || b.value
    WHERE b.effect = 'allow' AND d.decided_at BETWEEN b.created_at AND coalesce(b.lifted_at, d.decided_at)
),
mail AS MATERIALIZED (
    SELECT e.block_id, e.happened_at, m.id, m.mailboxes, m.status FROM entry AS e JOIN message AS m ON m.id = e.message_id
),
hit AS (
    SELECT l.block_id, count(DISTINCT l.id) AS hits, count(DISTINCT l.id) FILTER (l.status = 'deleted') AS still_deleted,
           max(l.happened_at) AS last_hit_at
    FROM mail AS l JOIN concerned AS b ON b.id = l.block_id
    WHERE list_has_any(l.mailboxes, $mailboxes::VARCHAR[]) AND (b.mailbox IS NULL OR list_contains(l.mailboxes, b.mailbox))
    GROUP BY l.block_id
)
SELECT b.id::VARCHAR AS id, b.effect, b.kind, b.value, b.mailbox, b.reason, b.created_by,
       coalesce(p.name, b.created_by) AS created_by_name, b.created_at, b.expires_at, b.owner,
       coalesce(o.name, b.owner) AS owner_name, coalesce(c.name, b.changed_by) AS changed_by_name, b.changed_at,
       b.lifted_at, coalesce(q.name, b.lifted_by) AS lifted_by_name,
       CASE WHEN b.lifted_at IS NOT NULL THEN 'lifted' WHEN b.expires_at <= $now THEN 'expired' ELSE 'in_force' END AS state,
       coalesce(h.hits, 0) AS hits, coalesce(h.still_deleted, 0) AS still_deleted, h.last_hit_at
FROM concerned AS b
LEFT JOIN hit AS h ON h.block_id = b.id
LEFT JOIN person_ever AS p ON p.email = b.created_by
LEFT JOIN person_ever AS o ON o.email = b.owner
LEFT JOIN person_ever AS c ON c.email = b.changed_by
LEFT JOIN person_ever AS q ON q.email = b.lifted_by
ORDER BY state <> 'in_force', b.created_at DESC, b.id DESC
