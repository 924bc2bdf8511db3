-- How long mail waited until the person's decision that stands, in hours, for decisions of the shown days.
-- A row each part: `period` (recent: from $since on, or before it), and within the recent ones each `day`, `week` (named
-- by its Monday), `mailbox` and `team`.
-- Parameters: $since (date), $only (date or NULL: the one day that mailboxes and teams are about).
-- Reads: mail_in_scope, shown_quarter; variable starts.
WITH decided AS (
    SELECT q.day >= $since::DATE AS recent, m.mailbox, m.team, q.day, date_trunc('week', q.day)::DATE AS week,
           greatest(epoch(m.status_at - m.received_at) / 3600, 0) AS hours
    FROM mail_in_scope AS m JOIN shown_quarter AS q ON q.quarter = quarter_of(m.status_at)
    WHERE m.cause IS NOT NULL AND m.status <> 'unprocessed' AND m.status_at >= getvariable('starts')[1]
),
-- Each decision once for every part it belongs to.
parted AS (
    SELECT 'period' AS part, NULL AS name, NULL::DATE AS day, recent, hours FROM decided
    UNION ALL SELECT 'day', NULL, day, recent, hours FROM decided WHERE recent
    UNION ALL SELECT 'week', NULL, week, recent, hours FROM decided WHERE recent
    UNION ALL SELECT 'mailbox', mailbox, NULL, recent, hours FROM decided
        WHERE recent AND ($only::DATE IS NULL OR day = $only::DATE)
    UNION ALL SELECT 'team', team, NULL, recent, hours FROM decided
        WHERE recent AND ($only::DATE IS NULL OR day = $only::DATE)
)
SELECT part, name, day, recent, count(*) AS decided, quantile_cont(hours, 0.5) AS median_hours,
       quantile_cont(hours, 0.9) AS p90_hours
FROM parted GROUP BY ALL ORDER BY part, name, day, recent
