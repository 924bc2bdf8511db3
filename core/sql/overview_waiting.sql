-- How much waited at the end of each shown day, and since when the oldest did; number 0 is the moment the first begins.
-- A mail waits from its arrival to the decision that stands, so what was undone in between does not end it.
-- Reads: mail_in_scope, shown_day, shown_quarter; variables starts, days.
WITH stay AS (
    SELECT CASE WHEN m.received_at < getvariable('starts')[1] THEN 0 ELSE came.number END AS came,
           CASE WHEN m.status = 'unprocessed' THEN len(getvariable('days')) + 1 ELSE went.number END AS went,
           count(*) AS messages, min(m.received_at) AS oldest_at
    FROM mail_in_scope AS m
    LEFT JOIN shown_quarter AS came ON came.quarter = quarter_of(m.received_at)
    LEFT JOIN shown_quarter AS went ON went.quarter = quarter_of(m.status_at)
    WHERE m.cause IS NOT NULL AND (m.status = 'unprocessed' OR m.status_at >= getvariable('starts')[1])
    GROUP BY ALL
)
SELECT d.day, d.number, coalesce(sum(s.messages), 0)::BIGINT AS waiting, min(s.oldest_at) AS oldest_at
FROM (SELECT day, number FROM shown_day UNION ALL SELECT NULL, 0) AS d
LEFT JOIN stay AS s ON s.came <= d.number AND s.went > d.number
GROUP BY d.day, d.number ORDER BY d.number
