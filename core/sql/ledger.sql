-- The ledger: what each mailbox's server listed on each day and where it went, by two books that are kept apart.
-- Parameters: $mailboxes (in scope), $since (UTC: when the first of the days began), $days (how many).
-- Reads collection_run (what runs say they listed and took in) and delivery with message (what is there).
-- Gives a row each mailbox and day, newest first. It adds up where unaccounted is 0:
--   listed = stored + duplicate + too_large + failed + left_over + unaccounted
--   stored = processed + unprocessed + deleted + removed + undecided, as of now
-- Mail counts on the day it was collected. What could not be taken in is listed by every run anew, so that only the newest
-- run of a day says what was open in the end: `failed` if it ended, `left_over` if it goes on or was killed. Runs book what
-- they took in; `unaccounted` is by how much that differs from what bears their id.
WITH recent AS MATERIALIZED (
    SELECT message_id, mailbox, outcome, collected_at FROM delivery
    WHERE collected_at >= $since::TIMESTAMP AND list_contains($mailboxes::VARCHAR[], mailbox)
),
standing AS MATERIALIZED (
    SELECT id, status FROM message SEMI JOIN recent ON recent.message_id = message.id
),
undecided AS (
    SELECT message_id FROM message_raw SEMI JOIN (
        SELECT message_id FROM recent WHERE message_id NOT IN (SELECT id FROM standing)) AS r USING (message_id)
),
by_day AS (
    SELECT d.mailbox, floor(date_diff('second', $since::TIMESTAMP, d.collected_at) / 86400)::INTEGER AS day,
           count(*) FILTER (d.outcome = 'stored') AS stored,
           count(*) FILTER (d.outcome = 'duplicate') AS duplicate,
           count(*) FILTER (d.outcome = 'too_large') AS too_large,
           count(*) FILTER (d.outcome = 'stored' AND m.status = 'processed') AS processed,
           count(*) FILTER (d.outcome = 'stored' AND m.status = 'unprocessed') AS unprocessed,
           count(*) FILTER (d.outcome = 'stored' AND m.status = 'deleted') AS deleted,
           count(*) FILTER (d.outcome = 'stored' AND m.id IS NULL AND w.message_id IS NOT NULL) AS undecided,
           count(*) FILTER (d.outcome = 'stored' AND m.id IS NULL AND w.message_id IS NULL) AS removed
    FROM recent AS d
    LEFT JOIN standing AS m ON m.id = d.message_id
    LEFT JOIN undecided AS w ON w.message_id = d.message_id
    GROUP BY ALL
),
-- A run over midnight has its mail on two days, and old mail may be dated by when it was received.
by_run AS (
    SELECT run_id, count(*) AS taken FROM delivery
    WHERE run_id IN (SELECT id FROM collection_run WHERE started_at >= $since::TIMESTAMP) GROUP BY run_id
),
run AS (
    SELECT r.mailbox, r.id, floor(date_diff('second', $since::TIMESTAMP, r.started_at) / 86400)::INTEGER AS day,
           r.ended_at IS NOT NULL AS ended, r.listed > 0 OR r.problem IS NULL AS has_looked,
           CASE WHEN r.ended_at IS NULL THEN greatest(r.listed - coalesce(t.taken, 0), 0) ELSE r.failed END AS open,
           CASE WHEN r.ended_at IS NULL THEN 0 ELSE r.listed - r.failed - coalesce(t.taken, 0) END AS unaccounted
    FROM collection_run AS r LEFT JOIN by_run AS t ON t.run_id = r.id
    WHERE r.started_at >= $since::TIMESTAMP AND list_contains($mailboxes::VARCHAR[], r.mailbox)
),
booked AS (
    SELECT mailbox, day, sum(unaccounted) AS unaccounted,
           coalesce(max_by(CASE WHEN ended THEN open ELSE 0 END, id) FILTER (has_looked), 0) AS failed,
           coalesce(max_by(CASE WHEN ended THEN 0 ELSE open END, id) FILTER (has_looked), 0) AS left_over
    FROM run GROUP BY ALL
)
SELECT b.name AS mailbox, n.day,
       (coalesce(d.stored, 0) + coalesce(d.duplicate, 0) + coalesce(d.too_large, 0) + coalesce(r.failed, 0)
           + coalesce(r.left_over, 0) + coalesce(r.unaccounted, 0))::BIGINT AS listed,
       coalesce(d.stored, 0)::BIGINT AS stored, coalesce(d.duplicate, 0)::BIGINT AS duplicate,
       coalesce(d.too_large, 0)::BIGINT AS too_large, coalesce(r.failed, 0)::BIGINT AS failed,
       coalesce(r.left_over, 0)::BIGINT AS left_over, coalesce(r.unaccounted, 0)::BIGINT AS unaccounted,
       coalesce(d.processed, 0)::BIGINT AS processed, coalesce(d.unprocessed, 0)::BIGINT AS unprocessed,
       coalesce(d.deleted, 0)::BIGINT AS deleted, coalesce(d.removed, 0)::BIGINT AS removed,
       coalesce(d.undecided, 0)::BIGINT AS undecided
FROM mailbox AS b
CROSS JOIN (SELECT unnest(range($days::INTEGER))::INTEGER AS day) AS n
LEFT JOIN by_day AS d ON d.mailbox = b.name AND d.day = n.day
LEFT JOIN booked AS r ON r.mailbox = b.name AND r.day = n.day
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name, n.day DESC
