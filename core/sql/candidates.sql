-- Open work items that a waiting message may belong to, best first, each with the reason.
-- Parameters: $id (the message), $words (of its subject, lower case), $signs (what stands between words),
--             $mailboxes (in scope), $limit.
-- Each reason goes over one narrow column of all mail and leaves little behind; whose mail may be seen is asked last.
WITH asked AS MATERIALIZED (
    SELECT from_address, from_domain, list_concat(in_reply_to, "references") AS named FROM message WHERE id = $id::UUID
),
named AS MATERIALIZED (SELECT unnest(named) AS message_id FROM asked),
alike AS MATERIALIZED (
    SELECT id, message_id FROM message WHERE message_key IN (SELECT md5_number_lower(message_id) FROM named)
),
written AS MATERIALIZED (
    SELECT id, from_address FROM message WHERE from_domain = (SELECT from_domain FROM asked) AND from_domain <> ''
),
related AS (
    SELECT id AS message_id, 100 AS weight, 'thread' AS why FROM alike WHERE message_id IN (SELECT message_id FROM named)
    UNION ALL
    SELECT id, CASE WHEN w.from_address = a.from_address THEN 40 ELSE 10 END,
           CASE WHEN w.from_address = a.from_address THEN 'sender' ELSE 'domain' END FROM written AS w, asked AS a
),
worded AS MATERIALIZED (  -- whole words stand between blanks; a pattern would take longer to prepare than all the rest
    SELECT id, ' ' || translate(lower(subject), $signs, repeat(' ', length($signs))) || ' ' AS subject FROM work_item
    WHERE status = 'open' AND list_bool_or([contains(lower(subject), word) FOR word IN $words::VARCHAR[]])
),
reason AS MATERIALIZED (
    SELECT o.work_item_id AS item_id, r.weight, r.why FROM related AS r JOIN work_item_message AS o USING (message_id)
    UNION ALL
    SELECT id, 50 * shared / len($words::VARCHAR[]), 'subject'
    FROM (SELECT id, len(list_filter($words::VARCHAR[], lambda word: contains(subject, ' ' || word || ' '))) AS shared
          FROM worded)
    WHERE shared > 0
),
ranked AS MATERIALIZED (
    SELECT item_id, sum(weight) AS score, list(why ORDER BY weight DESC) AS why
    FROM (SELECT item_id, why, max(weight) AS weight FROM reason GROUP BY item_id, why)
    GROUP BY item_id HAVING sum(weight) >= 10
),
item AS MATERIALIZED (SELECT * FROM work_item WHERE status = 'open' AND id IN (SELECT item_id FROM ranked)),
held AS MATERIALIZED (SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT id FROM item)),
mail AS MATERIALIZED (SELECT id, mailboxes FROM message WHERE id IN (SELECT message_id FROM held)),
seen AS MATERIALIZED (SELECT id FROM mail WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[]))
SELECT i.reference, i.kind, i.customer, i.contract, i.service, i.subject, i.opened_at, r.why, r.score
FROM ranked AS r JOIN item AS i ON i.id = r.item_id
WHERE i.id IN (SELECT work_item_id FROM held WHERE message_id IN (SELECT id FROM seen))
ORDER BY r.score DESC, i.opened_at DESC, i.number DESC
LIMIT $limit
