-- Mailboxes in which it is unusually silent, or that are flooded, against the same hours of the same weekday before.
-- Parameters: $mailboxes (in scope), $now, $weeks (looked back), $least_weeks (of them there have to be),
--   $least (as many mails have to be usual before silence means anything), $least_hours (it has to last),
--   $burst_hours, $burst (mails), $times.
-- Gives a row each such mailbox: mailbox, kind (silence or flood), since (the last mail, or when the burst began),
--   arrived (mails since), low, high (fewest and most in the same hours of the weeks before), weeks.
-- Silence: nothing since the last mail, where in the same hours of the weeks before $least came in the middle and, but for
-- one week (a holiday), never less than a third of that. Flood: in the last hours $times as many as ever came in these
-- hours, more than in the busiest hours of all these weeks, and $burst at the least. Both ask for $least_weeks of history.
WITH mail AS (
    SELECT d.mailbox, any_value(r.came) AS came  -- listed anew under another UIDVALIDITY, a mail has two deliveries
    FROM (SELECT message_id, coalesce(received_at, collected_at) AS came FROM message_raw
          WHERE came BETWEEN $now::TIMESTAMP - to_days(7 * $weeks::INTEGER + 7) AND $now::TIMESTAMP) AS r
    JOIN delivery AS d USING (message_id)
    WHERE list_contains($mailboxes::VARCHAR[], d.mailbox) GROUP BY d.mailbox, message_id
),
known AS (
    SELECT mailbox, min(came) AS first_at, greatest(max(came), $now::TIMESTAMP - INTERVAL 7 DAY) AS last_at,
           $now::TIMESTAMP - to_hours($burst_hours::INTEGER) AS burst_at
    FROM mail GROUP BY mailbox
),
week AS (SELECT unnest(range(0, $weeks::INTEGER + 1)) * INTERVAL 7 DAY AS back),
-- What came in the same hours of each week; 0 weeks back is now.
counted AS (
    SELECT k.mailbox, w.back,
           count(m.came) FILTER (m.came > k.last_at - w.back) AS since_last,
           count(m.came) FILTER (m.came > k.burst_at - w.back) AS in_burst
    FROM known AS k CROSS JOIN week AS w
    LEFT JOIN mail AS m ON m.mailbox = k.mailbox AND m.came <= $now::TIMESTAMP - w.back
                       AND m.came > least(k.last_at, k.burst_at) - w.back
    WHERE w.back = INTERVAL 0 DAY OR k.first_at <= least(k.last_at, k.burst_at) - w.back
    GROUP BY ALL
),
usual AS (
    SELECT mailbox, count(*) FILTER (back > INTERVAL 0 DAY) AS weeks,
           list_sort(list(since_last) FILTER (back > INTERVAL 0 DAY)) AS silent,
           list_sort(list(in_burst) FILTER (back > INTERVAL 0 DAY)) AS loud,
           any_value(in_burst) FILTER (back = INTERVAL 0 DAY) AS now_in_burst
    FROM counted GROUP BY mailbox
    HAVING count(*) FILTER (back > INTERVAL 0 DAY) >= $least_weeks
),
flooded AS (
    FROM usual WHERE now_in_burst >= $burst AND now_in_burst > $times * loud[-1]
),
busiest AS (
    SELECT mailbox, max(together) AS most FROM (
        SELECT m.mailbox, count(*) OVER (PARTITION BY m.mailbox ORDER BY m.came
                                         RANGE BETWEEN CURRENT ROW AND to_hours($burst_hours::INTEGER) FOLLOWING) AS together
        FROM mail AS m JOIN known AS k USING (mailbox) SEMI JOIN flooded USING (mailbox) WHERE m.came <= k.burst_at - to_hours($burst_hours::INTEGER))
    GROUP BY mailbox
)
SELECT u.mailbox, 'silence' AS kind, k.last_at AS since, 0 AS arrived, silent[1] AS low, silent[-1] AS high, u.weeks
FROM usual AS u JOIN known AS k USING (mailbox)
WHERE k.last_at <= $now::TIMESTAMP - to_hours($least_hours::INTEGER)
  AND list_aggregate(silent, 'median') >= $least AND silent[2] >= list_aggregate(silent, 'median') / 3
UNION ALL
SELECT u.mailbox, 'flood', k.burst_at, now_in_burst, loud[1], loud[-1], u.weeks
FROM flooded AS u JOIN known AS k USING (mailbox) LEFT JOIN busiest AS b USING (mailbox)
WHERE now_in_burst > coalesce(b.most, 0)
ORDER BY ALL
