-- What waits now, measured against the target of its mailbox: a row each mailbox in scope.
-- Parameters: $soon (hours).   Reads: mail_in_scope, snooze; variables mailboxes, now.
WITH waits AS (
    SELECT m.mailbox, m.received_at, z.message_id IS NOT NULL AS aside,
           m.target_hours - epoch(getvariable('now') - m.received_at) / 3600 AS hours_left
    FROM mail_in_scope AS m
    LEFT JOIN (SELECT DISTINCT message_id FROM snooze WHERE until IS NULL OR until > getvariable('now')) AS z
           ON z.message_id = m.id
    WHERE m.status = 'unprocessed'
)
SELECT b.name AS mailbox, b.team, b.target_hours, count(w.mailbox) AS waiting,
       count(*) FILTER (NOT w.aside AND w.hours_left <= 0) AS breached,
       count(*) FILTER (NOT w.aside AND w.hours_left > 0 AND w.hours_left <= $soon) AS due,
       count(*) FILTER (NOT w.aside AND w.hours_left > $soon) AS fine,
       count(*) FILTER (w.aside) AS aside, min(w.received_at) AS oldest_at
FROM mailbox AS b LEFT JOIN waits AS w ON w.mailbox = b.name
WHERE list_contains(getvariable('mailboxes'), b.name)
GROUP BY ALL ORDER BY b.name
