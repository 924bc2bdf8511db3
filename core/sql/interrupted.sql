-- Runs over a mailbox that were killed are given what they had taken in.
-- Parameters: $mailbox, $problem (what is said of them).
-- One that still goes on beside the caller's, of another collector, writes its own row anew when it ends.
UPDATE collection_run SET ended_at = greatest(started_at, t.last_at), stored = t.stored, duplicate = t.duplicate, too_large = t.too_large,
    failed = greatest(listed - t.stored - t.duplicate - t.too_large, 0),
    listed = greatest(listed, t.stored + t.duplicate + t.too_large), problem = $problem
FROM (SELECT r.id AS run, max(d.collected_at) AS last_at, count(*) FILTER (d.outcome = 'stored') AS stored,
             count(*) FILTER (d.outcome = 'duplicate') AS duplicate,
             count(*) FILTER (d.outcome = 'too_large') AS too_large
      FROM collection_run AS r LEFT JOIN delivery AS d ON d.run_id = r.id
      WHERE r.mailbox = $mailbox AND r.ended_at IS NULL GROUP BY r.id) AS t
WHERE collection_run.id = t.run
