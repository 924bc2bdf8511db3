-- What the rules remove now and soon, by rule.
-- Reads: retention_due, laid out up to the end of the time looked ahead.   Parameters: $now, $mailboxes (in scope)
SELECT d.rule, d.what, count(*) FILTER (d.due_at <= $now) AS messages_now,
       coalesce(sum(d.bytes) FILTER (d.due_at <= $now), 0)::BIGINT AS bytes_now,
       count(*) FILTER (d.due_at > $now) AS messages_soon,
       coalesce(sum(d.bytes) FILTER (d.due_at > $now), 0)::BIGINT AS bytes_soon, min(d.due_at) AS first_at
FROM retention_due AS d JOIN message AS m ON m.id = d.message_id
WHERE list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
GROUP BY d.rule, d.what ORDER BY d.rule, d.what
