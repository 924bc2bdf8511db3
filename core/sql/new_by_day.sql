-- New messages a day for each mailbox, oldest day first, with a zero where nothing came.
-- Parameters: $mailboxes (in scope), $since (UTC: when the first of the viewer's days began), $days (how many).
WITH arrived AS (
    SELECT mailbox, floor(date_diff('second', $since::TIMESTAMP, collected_at) / 86400)::INTEGER AS day, count(*) AS new
    FROM delivery
    WHERE collected_at >= $since::TIMESTAMP AND outcome <> 'duplicate' AND list_contains($mailboxes::VARCHAR[], mailbox)
    GROUP BY ALL
)
SELECT b.name, list(coalesce(a.new, 0) ORDER BY d.day)
FROM mailbox AS b
CROSS JOIN (SELECT unnest(range($days::INTEGER))::INTEGER AS day) AS d
LEFT JOIN arrived AS a ON a.mailbox = b.name AND a.day = d.day
WHERE list_contains($mailboxes::VARCHAR[], b.name)
GROUP BY b.name
