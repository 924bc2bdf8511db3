-- What a team's digest tells: a row each mailbox of the team, with what waits there and who sends most of it.
-- Parameters: $mailboxes, $since.
WITH waits AS (
    SELECT mailbox, from_address, received_at FROM message
    WHERE status = 'unprocessed' AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
),
sender AS (
    SELECT mailbox, from_address, count(*) AS messages,
           row_number() OVER (PARTITION BY mailbox ORDER BY count(*) DESC, from_address) AS place
    FROM waits WHERE from_address <> '' GROUP BY mailbox, from_address
)
SELECT b.name AS mailbox, count(w.mailbox) AS waiting, count(*) FILTER (w.received_at >= $since) AS fresh,
       min(w.received_at) AS oldest_at,
       (SELECT list({'sender': s.from_address, 'messages': s.messages} ORDER BY s.place) FROM sender AS s
        WHERE s.mailbox = b.name AND s.place <= 3) AS senders
FROM mailbox AS b LEFT JOIN waits AS w ON w.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
GROUP BY b.name ORDER BY waiting DESC, b.name
