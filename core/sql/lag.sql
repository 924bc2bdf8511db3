-- How far collecting is behind: a row each mailbox.
-- Parameters: $mailboxes (in scope), $now.
-- Gives mailbox, lag_seconds and worst_lag_seconds (median and longest time from a server's receiving to collecting, of the
-- mail of the last day; NULL where none came), backlog (messages listed and not taken in when the newest run looked).
-- What lay there before the mailbox was first collected says nothing about collecting.
WITH began AS (
    SELECT mailbox, min(collected_at) AS at_first FROM delivery GROUP BY mailbox
),
waited AS (
    SELECT d.mailbox, greatest(epoch(d.collected_at - r.received_at), 0) AS seconds
    FROM delivery AS d JOIN message_raw AS r ON r.message_id = d.message_id JOIN began AS f ON f.mailbox = d.mailbox
    WHERE d.collected_at > $now::TIMESTAMP - INTERVAL 1 DAY AND d.outcome <> 'duplicate' AND r.received_at >= f.at_first
),
lag AS (
    SELECT mailbox, median(seconds) AS lag_seconds, max(seconds) AS worst_lag_seconds FROM waited GROUP BY mailbox
),
newest AS (
    SELECT mailbox, max_by(id, id) AS id, max_by(listed, id) AS listed, max_by(failed, id) AS failed,
           max_by(ended_at IS NULL, id) AS goes_on
    FROM collection_run WHERE listed > 0 OR problem IS NULL GROUP BY mailbox
),
backlog AS (
    SELECT n.mailbox, CASE WHEN n.goes_on THEN greatest(n.listed - count(d.run_id), 0) ELSE n.failed END AS backlog
    FROM newest AS n LEFT JOIN delivery AS d ON d.run_id = n.id AND n.goes_on
    GROUP BY n.mailbox, n.goes_on, n.listed, n.failed
)
SELECT b.name AS mailbox, l.lag_seconds, l.worst_lag_seconds, coalesce(k.backlog, 0) AS backlog
FROM mailbox AS b LEFT JOIN lag AS l ON l.mailbox = b.name LEFT JOIN backlog AS k ON k.mailbox = b.name
WHERE list_contains($mailboxes::VARCHAR[], b.name)
ORDER BY b.name
