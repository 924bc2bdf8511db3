-- Which senders keep coming without a route, and since when: a row each sender and week.
-- Parameters: $mailboxes (in scope), $since (UTC: older mail is not counted, but dates a sender's first one),
--             $at_least (weeks that a sender must have brought mail in).
-- The cause stays with a message after a person dealt with it, so what was routed by hand counts as well.
WITH unrouted AS (
    SELECT from_address, from_name, received_at, status, unnest(list_intersect(mailboxes, $mailboxes::VARCHAR[])) AS mailbox,
           id, received_at >= $since AS counted
    FROM message
    WHERE cause IN ('no_route', 'bcc_only', 'conditions_not_met', 'no_valid_address')
      AND from_address <> '' AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
),
sender AS (
    SELECT from_address, max_by(from_name, received_at) AS from_name,
           count(DISTINCT id) FILTER (counted) AS total,
           count(DISTINCT date_trunc('week', received_at)) FILTER (counted) AS weeks,
           list_sort(list(DISTINCT mailbox) FILTER (counted)) AS mailboxes,
           count(DISTINCT id) FILTER (status = 'unprocessed' AND counted) AS waiting,
           min(received_at) AS first_at, max(received_at) AS last_at
    FROM unrouted GROUP BY from_address
),
weekly AS (
    SELECT from_address, date_trunc('week', received_at)::TIMESTAMP AS week, count(DISTINCT id) AS messages
    FROM unrouted WHERE counted GROUP BY ALL
)
SELECT s.from_address, s.from_name, w.week, w.messages, s.total, s.weeks, s.mailboxes, s.waiting, s.first_at, s.last_at
FROM sender AS s JOIN weekly AS w USING (from_address)
WHERE s.weeks >= $at_least
ORDER BY s.weeks DESC, s.total DESC, s.from_address, w.week
