-- Who has claimed what: a row each person and mailbox, for leases that have not ended.
-- Reads: mail_in_scope, claim, person; variable now.
SELECT k.person, coalesce(any_value(p.name), k.person) AS name, m.mailbox, count(*) AS messages,
       min(m.received_at) AS oldest_at, min(k.until) AS until
FROM claim AS k
JOIN mail_in_scope AS m ON m.id = k.message_id
LEFT JOIN person AS p ON p.email = k.person
WHERE k.until > getvariable('now') AND m.status = 'unprocessed'
GROUP BY k.person, m.mailbox ORDER BY messages DESC, name, m.mailbox
