-- How collecting goes: a row each mailbox, with what waits there and the ledger since a moment.
-- Parameters: $mailboxes (in scope), $since (UTC).
-- Mail is counted where it lies, in delivery, so the counts hold even if a collector was killed and wrote down no run.
WITH arrived AS (
    SELECT d.mailbox,
           count(*) FILTER (d.outcome = 'stored') AS stored,
           count(*) FILTER (d.outcome = 'duplicate') AS duplicate,
           count(*) FILTER (d.outcome = 'too_large') AS too_large,
           count(*) FILTER (d.outcome = 'stored' AND m.status = 'processed') AS processed,
           count(*) FILTER (d.outcome = 'stored' AND m.status = 'unprocessed') AS unprocessed,
           count(*) FILTER (d.outcome = 'stored' AND m.status = 'deleted') AS deleted,
           count(*) FILTER (d.outcome = 'stored' AND m.status IS NULL) AS undecided
    FROM delivery AS d LEFT JOIN message AS m ON m.id = d.message_id
    WHERE d.collected_at >= $since AND list_contains($mailboxes::VARCHAR[], d.mailbox)
    GROUP BY d.mailbox
),
-- What can't be read is listed by every run anew, so only the newest run that listed anything tells what is open;
-- a later one that went well and listed nothing tells that nothing is.
newest_run AS (
    SELECT mailbox, max_by(failed, id) AS failed, max_by(listed - stored - duplicate - too_large - failed, id) AS residue,
           max(ended_at) AS ended_at
    FROM collection_run WHERE started_at >= $since AND listed > 0 GROUP BY mailbox
),
still_open AS (
    SELECT n.mailbox, n.failed, n.residue
    FROM newest_run AS n JOIN mailbox_state AS s USING (mailbox)
    WHERE s.last_success_at IS NULL OR s.last_success_at <= n.ended_at
),
waits AS (
    SELECT mailbox, count(*) AS waiting, min(received_at) AS oldest_at
    FROM (SELECT unnest(mailboxes) AS mailbox, received_at FROM message WHERE status = 'unprocessed')
    GROUP BY mailbox
)
SELECT b.name AS mailbox, b.address AS mailbox_address, b.team, s.last_run_at, s.last_success_at, s.last_new_at,
       s.problem, s.problem_since, coalesce(w.waiting, 0) AS waiting, w.oldest_at,
       coalesce(a.stored, 0) + coalesce(a.duplicate, 0) + coalesce(a.too_large, 0) + coalesce(o.failed, 0)
           + coalesce(o.residue, 0) AS listed,
       coalesce(a.stored, 0) AS stored, coalesce(a.duplicate, 0) AS duplicate, coalesce(a.too_large, 0) AS too_large,
       coalesce(o.failed, 0) AS failed, coalesce(o.residue, 0) AS residue, coalesce(a.processed, 0) AS processed,
       coalesce(a.unprocessed, 0) AS unprocessed, coalesce(a.deleted, 0) AS deleted, coalesce(a.undecided, 0) AS undecided
FROM mailbox AS b
LEFT JOIN mailbox_state AS s ON s.mailbox = b.name
LEFT JOIN arrived AS a ON a.mailbox = b.name
LEFT JOIN still_open AS o ON o.mailbox = b.name
LEFT JOIN waits AS w ON w.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name
