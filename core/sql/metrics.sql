-- What monitoring asks of each mailbox, beside what status.sql says.
-- Parameters: $mailboxes (in scope).
-- Gives a row each mailbox: mailbox, all it ever took in by outcome, and how long (s) its newest run took that brought
-- something or met a problem; NULL where none did.
WITH taken AS (
    SELECT mailbox, count(*) FILTER (outcome = 'stored') AS stored, count(*) FILTER (outcome = 'duplicate') AS duplicate,
           count(*) FILTER (outcome = 'too_large') AS too_large
    FROM delivery GROUP BY mailbox
),
newest_run AS (SELECT mailbox, max_by(epoch(ended_at - started_at), id) AS seconds FROM collection_run
               WHERE ended_at IS NOT NULL GROUP BY mailbox)
SELECT b.name AS mailbox, coalesce(t.stored, 0) AS stored_ever, coalesce(t.duplicate, 0) AS duplicate_ever,
       coalesce(t.too_large, 0) AS too_large_ever, r.seconds AS run_seconds
FROM mailbox AS b
LEFT JOIN taken AS t ON t.mailbox = b.name
LEFT JOIN newest_run AS r ON r.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name
