-- What the chosen messages have in common.
-- Parameters: $ids (messages, in scope), $mailboxes.   Gives one row:
--   messages, mailbox (NULL: several), senders, nameless (one has no sender), list_id (NULL: none or several), subjects
--   address (the one that every addressed message names), domain (the same for a domain), blind (messages without
--   To and Cc), blind_address (the delivery address that all of those have)
WITH asked AS (SELECT * FROM message WHERE list_contains($ids::UUID[], id)),
ours AS (SELECT address, domain FROM mailbox),
named AS (
    SELECT DISTINCT message_id, kind = 'delivered' AS delivered, address, domain FROM recipient
    WHERE list_contains($ids::UUID[], message_id) AND valid AND kind <> 'reply_to'
),
addressed AS (SELECT DISTINCT message_id FROM named WHERE NOT delivered),
-- An address of ours is what the mail came for; other people's are merely beside it.
common_address AS (
    SELECT address, address IN (SELECT address FROM ours) AS is_mailbox, domain IN (SELECT domain FROM ours) AS is_ours
    FROM named WHERE NOT delivered GROUP BY address, domain HAVING count(*) = (SELECT count(*) FROM addressed)
),
common_domain AS (
    SELECT domain, domain IN (SELECT domain FROM ours) AS is_ours
    FROM named WHERE NOT delivered GROUP BY domain
    HAVING count(DISTINCT message_id) = (SELECT count(*) FROM addressed)
),
blind AS (SELECT id AS message_id FROM asked WHERE id NOT IN (SELECT message_id FROM addressed)),
blind_at AS (
    SELECT address FROM named WHERE delivered AND message_id IN (SELECT message_id FROM blind)
    GROUP BY address HAVING count(*) = (SELECT count(*) FROM blind)
)
SELECT
    count(*) AS messages,
    CASE WHEN count(DISTINCT mailbox) = 1 AND list_contains($mailboxes::VARCHAR[], min(mailbox)) THEN min(mailbox) END AS mailbox,
    list(DISTINCT from_address ORDER BY from_address) FILTER (from_address <> '') AS senders,
    bool_or(from_address = '') AS nameless,
    CASE WHEN count(DISTINCT list_id) = 1 AND min(list_id) <> '' THEN min(list_id) END AS list_id,
    list(DISTINCT lower(subject)) AS subjects,
    (SELECT address FROM common_address ORDER BY is_mailbox DESC, is_ours DESC, address LIMIT 1) AS address,
    (SELECT domain FROM common_domain ORDER BY is_ours DESC, domain LIMIT 1) AS domain,
    (SELECT count(*) FROM blind) AS blind,
    (SELECT min(address) FROM blind_at) AS blind_address
FROM asked
