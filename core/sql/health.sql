-- What says how each mailbox does, beside status.sql.
-- Parameters: $mailboxes (in scope), $now.
-- Gives a row each mailbox: mailbox, sign_at (when the collector last showed itself), refused (residues that more than one
-- run asked for in vain), refused_since, not_asked_for (residues of a comparison that no run asked for within an hour),
-- token_since.
-- A run is written down when it ends; in the hours that a first run may take, what it takes in says that it goes on.
WITH sign AS (SELECT mailbox, max(collected_at) AS came FROM delivery GROUP BY mailbox),
left_out AS (
    SELECT mailbox, count(*) FILTER (tries > 1) AS refused, min(first_seen_at) FILTER (tries > 1) AS refused_since,
           count(*) FILTER (tries = 0 AND first_seen_at < $now::TIMESTAMP - INTERVAL 1 HOUR) AS not_asked_for
    FROM residue GROUP BY mailbox
)
SELECT b.name AS mailbox, greatest(s.last_run_at, g.came) AS sign_at, coalesce(l.refused, 0) AS refused, l.refused_since,
       coalesce(l.not_asked_for, 0) AS not_asked_for, s.token_since
FROM mailbox AS b
LEFT JOIN mailbox_state AS s ON s.mailbox = b.name
LEFT JOIN sign AS g ON g.mailbox = b.name
LEFT JOIN left_out AS l ON l.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name
