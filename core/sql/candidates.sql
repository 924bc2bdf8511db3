-- Open work items that a waiting message may belong to, best first, each with the reason.
-- Parameters: $id (the message), $words (of its subject, lower case).   Reads: item_in_scope.
WITH asked AS (SELECT * FROM message WHERE id = $id::UUID),
known AS (  -- every message in scope of an open item
    SELECT i.id AS item_id, m.*
    FROM item_in_scope AS i
    JOIN work_item_message AS o ON o.work_item_id = i.id
    JOIN message AS m ON m.id = o.message_id
    WHERE i.status = 'open' AND list_has_any(m.mailboxes, getvariable('mailboxes'))
),
reason AS (
    SELECT k.item_id, 100 AS weight, 'thread' AS why
    FROM known AS k, asked AS a
    WHERE k.message_id <> '' AND (list_contains(a."references", k.message_id) OR list_contains(a.in_reply_to, k.message_id))
    UNION ALL
    SELECT k.item_id, 40, 'sender' FROM known AS k, asked AS a
    WHERE k.from_address = a.from_address AND a.from_address <> ''
    UNION ALL
    SELECT k.item_id, 10, 'domain' FROM known AS k, asked AS a
    WHERE k.from_domain = a.from_domain AND k.from_address <> a.from_address AND a.from_domain <> ''
    UNION ALL
    SELECT item_id, 50 * shared / len($words::VARCHAR[]), 'subject'
    FROM (SELECT item_id, max(len(list_intersect(regexp_extract_all(lower(subject), '[\p{L}\p{N}]{3,}'), $words::VARCHAR[])))
                          AS shared FROM known GROUP BY item_id)
    WHERE shared > 0 AND len($words::VARCHAR[]) > 0
),
ranked AS (
    SELECT item_id, sum(weight) AS score, list(why ORDER BY weight DESC) AS why
    FROM (SELECT item_id, why, max(weight) AS weight FROM reason GROUP BY item_id, why) GROUP BY item_id
)
SELECT i.reference, i.kind, i.customer, i.contract, i.service, i.subject, i.opened_at, r.why, r.score
FROM ranked AS r JOIN item_in_scope AS i ON i.id = r.item_id
WHERE r.score >= 10
ORDER BY r.score DESC, i.opened_at DESC
LIMIT $limit
