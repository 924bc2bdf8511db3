-- How collecting goes: a row each mailbox, with what waits there, what could not be taken in, by name, and the newest
-- comparison with the server.
-- Parameters: $mailboxes (in scope), $most (how many residues are named), $at (the time by the store's clock).
WITH waits AS (
    SELECT mailbox, count(*) AS waiting, min(received_at) AS oldest_at
    FROM (SELECT unnest(mailboxes) AS mailbox, received_at FROM message WHERE status = 'unprocessed')
    GROUP BY mailbox
),
left_out AS (
    SELECT mailbox, count(*) AS residues, (list(uid ORDER BY folder, length(uid), uid))[:$most::INTEGER] AS residue_uids
    FROM residue GROUP BY mailbox
),
compared AS (
    SELECT mailbox, max(compared_at) AS compared_at, sum(on_server)::BIGINT AS on_server, sum(missing)::BIGINT AS missing,
           sum(gone)::BIGINT AS gone
    FROM comparison WHERE (mailbox, day) IN (SELECT (mailbox, max(day)) FROM comparison GROUP BY mailbox) GROUP BY mailbox
)
SELECT b.name AS mailbox, b.address AS mailbox_address, b.team, s.last_run_at, s.last_success_at, s.last_new_at,
       s.problem, s.problem_since, coalesce(w.waiting, 0) AS waiting, w.oldest_at, s.certificate_expires_at,
       s.token_expires_at, coalesce(l.residues, 0) AS residues, coalesce(l.residue_uids, []) AS residue_uids,
       c.compared_at, c.on_server, c.missing, c.gone, e.holder AS collected_by, e.since AS collected_since
FROM mailbox AS b
LEFT JOIN mailbox_state AS s ON s.mailbox = b.name
LEFT JOIN left_out AS l ON l.mailbox = b.name
LEFT JOIN compared AS c ON c.mailbox = b.name
LEFT JOIN lease AS e ON e.mailbox = b.name AND e.until > $at
LEFT JOIN waits AS w ON w.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name
