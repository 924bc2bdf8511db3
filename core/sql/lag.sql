-- How far collecting is behind: a row each mailbox.
-- Parameters: $mailboxes (in scope), $now.
-- Gives mailbox, lag_seconds and worst_lag_seconds (median and longest time from a server's receiving to collecting, of the
-- mail of the last day; NULL where none came), backlog (messages listed and not taken in when the newest run looked).
-- What lay there before the mailbox was first collected says nothing about collecting.
WITH recent AS MATERIALIZED (
    SELECT message_id, mailbox, collected_at FROM delivery
    WHERE collected_at > $now::TIMESTAMP - INTERVAL 1 DAY AND outcome <> 'duplicate'
),
began AS (
    SELECT mailbox, min(collected_at) AS at_first FROM delivery GROUP BY mailbox
),
arrived AS MATERIALIZED (
    SELECT d.mailbox, d.collected_at, r.received_at FROM message_raw AS r JOIN recent AS d USING (message_id)
),
waited AS (
    SELECT a.mailbox, greatest(epoch(a.collected_at - a.received_at), 0) AS seconds
    FROM arrived AS a JOIN began AS f USING (mailbox) WHERE a.received_at >= f.at_first
),
lag AS (
    SELECT mailbox, median(seconds) AS lag_seconds, max(seconds) AS worst_lag_seconds FROM waited GROUP BY mailbox
),
newest AS (
    SELECT mailbox, max_by(id, id) AS id, max_by(listed, id) AS listed, max_by(failed, id) AS failed,
           max_by(ended_at IS NULL, id) AS goes_on
    FROM collection_run WHERE listed > 0 OR problem IS NULL GROUP BY mailbox
),
taken AS (
    SELECT run_id, count(*) AS taken FROM delivery WHERE run_id IN (SELECT id FROM newest WHERE goes_on) GROUP BY run_id
),
backlog AS (
    SELECT n.mailbox, CASE WHEN n.goes_on THEN greatest(n.listed - coalesce(t.taken, 0), 0) ELSE n.failed END AS backlog
    FROM newest AS n LEFT JOIN taken AS t ON t.run_id = n.id
)
SELECT b.name AS mailbox, l.lag_seconds, l.worst_lag_seconds, coalesce(k.backlog, 0) AS backlog
FROM mailbox AS b LEFT JOIN lag AS l ON l.mailbox = b.name LEFT JOIN backlog AS k ON k.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name
