-- Addresses in To or Cc that no route wanted: beside addresses that were routed, and of mail that waits for want of a route.
-- Reads:  message, recipient, decision_newest, decision_trace, route_newest, mailbox; $mailboxes, $since, $limit
-- Gives:  a row each address, most mails first
WITH asked AS (
    SELECT id, mailbox, from_address, received_at, status
    FROM message
    WHERE received_at >= $since::TIMESTAMP AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
      AND (status = 'processed' OR status = 'unprocessed' AND cause IN ('no_route', 'conditions_not_met'))
),
opened AS (
    SELECT DISTINCT t.message_id, t.address, t.route_id
    FROM decision_trace AS t SEMI JOIN decision_newest AS n ON n.decision_id = t.decision_id
    SEMI JOIN asked AS a ON a.id = t.message_id
    WHERE t.outcome = 'opened' AND t.kind IN ('to', 'cc')
),
unrouted AS (
    SELECT DISTINCT a.*, r.address, r.domain
    FROM asked AS a JOIN recipient AS r ON r.message_id = a.id
    ANTI JOIN opened AS o ON o.message_id = r.message_id AND o.address = r.address
    WHERE r.valid AND r.kind IN ('to', 'cc')
      AND (a.status = 'unprocessed' OR a.id IN (SELECT message_id FROM opened))
),
beside AS (
    SELECT u.address, mode(n.name ORDER BY n.name) AS route
    FROM unrouted AS u JOIN opened AS o ON o.message_id = u.id JOIN route_newest AS n ON n.id = o.route_id
    WHERE n.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], n.mailbox)
    GROUP BY u.address
)
SELECT u.address, u.domain,
       bool_or(u.domain IN (SELECT domain FROM mailbox) OR EXISTS (SELECT 1 FROM mailbox AS b WHERE u.domain LIKE '%.' || b.domain)) AS ours,
       count(*) AS messages, count(*) FILTER (u.status = 'processed') AS beside,
       count(*) FILTER (u.status = 'unprocessed') AS waiting, count(DISTINCT u.from_address) AS senders,
       mode(u.from_address ORDER BY u.from_address) AS sender, mode(u.mailbox ORDER BY u.mailbox) AS mailbox,
       any_value(b.route) AS route, max(u.received_at) AS last_at
FROM unrouted AS u LEFT JOIN beside AS b USING (address)
GROUP BY u.address, u.domain
HAVING bool_or(list_contains($mailboxes::VARCHAR[], u.mailbox))
ORDER BY ours DESC, messages DESC, u.address
LIMIT $limit
