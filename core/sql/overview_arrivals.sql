-- What arrived each shown day in each mailbox, by what became of it. Days without mail have no row.
-- Reads: mail_in_scope, shown_quarter; variable starts.
SELECT q.day, m.mailbox, m.team, count(*) AS arrived,
       count(*) FILTER (m.outcome = 'routed') AS routed, count(*) FILTER (m.outcome = 'by_hand') AS by_hand,
       count(*) FILTER (m.outcome = 'deleted') AS deleted, count(*) FILTER (m.outcome = 'blocked') AS blocked,
       count(*) FILTER (m.outcome = 'waiting') AS waiting
FROM mail_in_scope AS m JOIN shown_quarter AS q ON q.quarter = quarter_of(m.received_at)
WHERE m.received_at >= getvariable('starts')[1]
GROUP BY ALL ORDER BY q.day, m.mailbox
