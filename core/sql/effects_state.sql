-- How the effects of mailboxes go.
-- Reads: in_force (mailbox, kind, detail, days): the effect of each mailbox that has one.
-- Parameters: $now.
SELECT f.mailbox, f.kind AS effect, f.detail, f.days,
       count(*) FILTER (e.mailbox IS NOT NULL AND e.done_at IS NULL) AS pending,
       count(*) FILTER (e.done_at IS NULL AND e.due_at <= $now) AS due,
       count(*) FILTER (e.outcome <> 'kept') AS done,
       count(*) FILTER (e.outcome = 'kept') AS kept,
       count(*) FILTER (e.done_at IS NULL AND e.problem IS NOT NULL) AS failed,
       min(e.due_at) FILTER (e.done_at IS NULL) AS oldest_due_at,
       arg_max(e.problem, e.next_try_at) FILTER (e.done_at IS NULL AND e.problem IS NOT NULL) AS problem
FROM in_force AS f
LEFT JOIN server_effect AS e ON e.mailbox = f.mailbox AND e.kind = f.kind AND e.detail = f.detail
GROUP BY ALL ORDER BY f.mailbox
