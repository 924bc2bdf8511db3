-- Who keeps sending what no route catches: senders with several such mails on the days from $since to $until.
-- Parameters: $since, $until (dates), $limit.
-- Reads: mail_in_scope, shown_quarter, message, journal; variable starts.
WITH counted AS (
    SELECT m.from_address, count(*) AS messages
    FROM mail_in_scope AS m JOIN shown_quarter AS q ON q.quarter = quarter_of(m.received_at)
    WHERE m.cause IS NOT NULL AND m.received_at >= getvariable('starts')[1]
      AND q.day BETWEEN $since::DATE AND $until::DATE
    GROUP BY m.from_address
),
-- Everything else is looked up for these few only.
top AS (
    SELECT from_address, messages, sum(messages) OVER () AS unrouted FROM counted
    QUALIFY messages > 1 AND from_address <> '' ORDER BY messages DESC, from_address LIMIT $limit
),
told AS (
    SELECT m.from_address, arg_max(m.from_name, m.received_at) AS from_name, mode(m.mailbox ORDER BY m.mailbox) AS mailbox,
           count(*) FILTER (m.status = 'unprocessed') AS waiting, count(DISTINCT date_trunc('week', q.day)) AS weeks
    FROM mail_in_scope AS m JOIN shown_quarter AS q ON q.quarter = quarter_of(m.received_at)
    WHERE m.cause IS NOT NULL AND m.received_at >= getvariable('starts')[1]
      AND q.day BETWEEN $since::DATE AND $until::DATE AND m.from_address IN (SELECT from_address FROM top)
    GROUP BY m.from_address
),
ever AS (
    SELECT from_address, min(received_at) AS since_at, max(status_at) FILTER (status <> 'unprocessed') AS decided_at
    FROM mail_in_scope WHERE cause IS NOT NULL AND from_address IN (SELECT from_address FROM top) GROUP BY from_address
),
-- The person's entry of the moment the status last changed is the decision that stands.
decided AS (
    SELECT m.from_address, arg_max(j.action, j.id) AS action, arg_max(j.reason, j.id) AS reason
    FROM ever AS e
    JOIN journal AS j ON j.happened_at = e.decided_at AND j.actor_kind = 'person'
    JOIN mail_in_scope AS m ON m.id = j.message_id AND m.from_address = e.from_address
    GROUP BY m.from_address
)
SELECT t.from_address, k.from_name, k.mailbox, t.messages, k.waiting, k.weeks, e.since_at, d.action AS last_action,
       d.reason AS last_reason, t.unrouted::BIGINT AS unrouted
FROM top AS t JOIN told AS k USING (from_address) JOIN ever AS e USING (from_address)
LEFT JOIN decided AS d USING (from_address)
ORDER BY t.messages DESC, t.from_address
