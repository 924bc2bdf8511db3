-- Which routes would nearly catch the addresses that no route in force caught, and what kept each from it.
-- Reads: deciding (one message), named_address and the macros of match.sql and nearness.sql, deciding_route (all routes, active or not).
-- Gives: address, kind, rank, failed, sender_is and recipient_is (how near they are), nearest first.
-- A route that names the address misses by its conditions; one that nearly names it, by its recipient, too.
WITH in_force AS (SELECT * FROM tried JOIN deciding_route AS r USING (rank) WHERE len(failed) = 0 AND r.active),
open_address AS (
    SELECT message_id, address, domain, delivered, max(kind) AS kind FROM named_address AS a
    WHERE NOT EXISTS (SELECT 1 FROM in_force AS t WHERE t.address = a.address AND t.delivered = a.delivered)
      -- The delivery address is asked only where no other was caught, and where it is not named anyway.
      AND (NOT delivered OR NOT EXISTS (SELECT 1 FROM in_force)
           AND address NOT IN (SELECT address FROM named_address WHERE NOT delivered))
    GROUP BY ALL
),
pair AS (
    SELECT a.*, r.rank, CASE WHEN r.recipient IN (a.address, '*@' || a.domain, '*') THEN NULL
                             ELSE address_nearness(r.recipient, a.address) END AS recipient_is
    FROM open_address AS a CROSS JOIN deciding_route AS r
    WHERE r.recipient IN (a.address, '*@' || a.domain, '*') OR address_nearness(r.recipient, a.address) IS NOT NULL
),
told AS (
    SELECT
        p.address, p.kind, p.rank, p.recipient_is, r.recipient,
        list_filter([
            CASE WHEN NOT r.active THEN 'inactive' END,
            CASE WHEN p.recipient_is IS NOT NULL THEN 'recipient' END,
            CASE WHEN p.delivered AND NOT r.match_delivered THEN 'match_delivered' END,
            CASE WHEN mailbox_failed(r.mailbox, d.mailbox) THEN 'mailbox' END,
            CASE WHEN sender_failed(r.sender, d.from_address, d.from_domain) THEN 'sender' END,
            CASE WHEN words_failed(r.subject_contains, lower(d.subject)) THEN 'subject_contains' END,
            CASE WHEN subject_regex_failed(r.subject_regex, d.subject) THEN 'subject_regex' END,
            CASE WHEN words_failed(r.body_contains, coalesce(lower(b.text), '')) THEN 'body_contains' END,
            CASE WHEN list_id_failed(r.list_id, d.list_id) THEN 'list_id' END,
            CASE WHEN has_attachment_failed(r.has_attachment, d.attachments) THEN 'has_attachment' END
        ], lambda condition: condition IS NOT NULL) AS failed,
        -- The last by name: sub_domain, same_domain, one_letter, and only then look_alike.
        list_max(list_filter([
            CASE WHEN after_at(sender) = d.from_domain AND damerau_levenshtein(sender, d.from_address) = 1 THEN 'one_letter'
                 ELSE domain_nearness(after_at(sender), d.from_domain) END FOR sender IN r.sender],
            lambda nearness: nearness IS NOT NULL)) AS sender_is
    FROM pair AS p
    JOIN deciding_route AS r USING (rank)
    JOIN deciding AS d ON d.id = p.message_id
    LEFT JOIN deciding_body AS b ON b.message_id = p.message_id
)
SELECT address, kind, rank, failed, recipient_is, CASE WHEN list_contains(failed, 'sender') THEN sender_is END AS sender_is
FROM told
-- A route for everybody's mail misses by its sender unless that is nearly right: it is no address's own route.
WHERE len(failed) > 0 AND (recipient <> '*' OR NOT list_contains(failed, 'sender') OR sender_is IS NOT NULL)
  AND (recipient <> '*' OR NOT list_contains(failed, 'list_id'))
ORDER BY len(failed), rank LIMIT 200
