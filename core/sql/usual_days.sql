-- What came into a mailbox on each day, beside what is usual for its weekday.
-- Parameters: $mailbox, $mailboxes (in scope), $since (UTC: when today began), $days (how many), $weeks (looked back),
--   $least_weeks (of them there have to be).
-- Gives day (0 is today, -1 yesterday …), arrived, typical, low, high (NULL without enough history), oldest day first.
-- Usual is the middle of the same weekday in the weeks before, four times their spread up and down: the median of their
-- distances from it (scaled to a standard deviation), but no less than chance alone makes of independent mails, and
-- three quarters of the middle either way: eight weeks tell a spread only roughly.
WITH mail AS (
    SELECT any_value(r.came) AS came
    FROM (SELECT message_id, coalesce(received_at, collected_at) AS came FROM message_raw
          WHERE came >= $since::TIMESTAMP - to_days($days::INTEGER + 7 * $weeks::INTEGER)) AS r
    JOIN delivery AS d USING (message_id)
    WHERE d.mailbox = $mailbox AND list_contains($mailboxes::VARCHAR[], d.mailbox) GROUP BY message_id
),
counted AS (
    SELECT floor(date_diff('second', $since::TIMESTAMP, came) / 86400)::INTEGER AS day, count(*) AS arrived
    FROM mail GROUP BY ALL
),
day AS (
    SELECT n.day, coalesce(c.arrived, 0) AS arrived
    FROM (SELECT unnest(range(1 - $days::INTEGER - 7 * $weeks::INTEGER, 1)) AS day) AS n LEFT JOIN counted AS c USING (day)
    WHERE n.day >= (SELECT min(day) FROM counted)
),
past AS (
    SELECT d.day, median(b.arrived) AS typical, list(b.arrived) AS each
    FROM day AS d JOIN day AS b ON b.day < d.day AND b.day >= d.day - 7 * $weeks::INTEGER AND (d.day - b.day) % 7 = 0
    WHERE d.day > -$days::INTEGER GROUP BY d.day HAVING count(*) >= $least_weeks
),
spread AS (
    SELECT day, typical, 4 * greatest(
        1.4826 * list_aggregate(list_transform(each, lambda n: abs(n - typical)), 'median'),
        sqrt(typical), typical * 3 / 16, 1) AS away
    FROM past
)
SELECT d.day, d.arrived, s.typical, floor(greatest(s.typical - s.away, 0)) AS low, ceil(s.typical + s.away) AS high
FROM day AS d LEFT JOIN spread AS s USING (day)
WHERE d.day > -$days::INTEGER ORDER BY d.day
