-- What of which messages is to be removed, by the rules and up to a moment.
-- Parameters: $until, $ids (only these messages; NULL: all)
-- Reads:  retention_cell (status, mailbox, what, days, rule, effective_at)
-- Gives:  retention_due (message_id, what, rule, due_at, bytes)
-- Days count from when the message got its status, and not before its work items are closed. Mail in several mailboxes
-- goes when the last of them lets it go. Mail of open work items, mail pinned to a route, and what is held stays.
CREATE OR REPLACE TEMP TABLE retention_due AS
WITH candidate AS MATERIALIZED (
    SELECT id, status, status_at, mailboxes, size, from_address, from_domain FROM message
    WHERE status IN (SELECT status FROM retention_cell) AND status <> 'unprocessed'
      AND status_at <= $until::TIMESTAMP - to_days((SELECT min(days)::INTEGER FROM retention_cell))
      AND ($ids::UUID[] IS NULL OR id BETWEEN list_min($ids::UUID[]) AND list_max($ids::UUID[])
                                   AND id IN (SELECT unnest($ids::UUID[])))
      AND id NOT IN (SELECT message_id FROM removed WHERE what = 'row')
),
held AS MATERIALIZED (SELECT kind, value FROM hold WHERE lifted_at IS NULL),
item AS MATERIALIZED (
    SELECT o.message_id, max(w.status_at) AS status_at, bool_or(w.status = 'open') AS open,
           bool_or(w.reference IN (SELECT value FROM held WHERE kind = 'work_item')) AS held
    FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id
    WHERE o.message_id IN (SELECT id FROM candidate) GROUP BY o.message_id
),
released AS MATERIALIZED (
    SELECT c.id, c.status, c.mailboxes, c.size, greatest(c.status_at, coalesce(i.status_at, c.status_at)) AS since
    FROM candidate AS c LEFT JOIN item AS i ON i.message_id = c.id
    WHERE NOT coalesce(i.open OR i.held, false)
      AND c.id::VARCHAR NOT IN (SELECT value FROM held WHERE kind = 'message')
      AND c.from_address NOT IN (SELECT value FROM held WHERE kind = 'sender')
      AND c.from_domain NOT IN (SELECT value FROM held WHERE kind = 'domain')
      AND NOT list_has_any(c.mailboxes, coalesce((SELECT list(value) FROM held WHERE kind = 'mailbox'), []))
      AND c.id NOT IN (SELECT message_id FROM route_example)
),
lying AS (SELECT id, status, unnest(mailboxes) AS mailbox FROM released),
part AS (SELECT DISTINCT what FROM retention_cell),
ruled AS (
    SELECT l.id, p.what, max(c.days) AS days, max(c.effective_at) AS effective_at, arg_max(c.rule, c.days) AS rule
    FROM lying AS l CROSS JOIN part AS p
    LEFT JOIN retention_cell AS c ON c.status = l.status AND c.mailbox = l.mailbox AND c.what = p.what
    GROUP BY l.id, p.what HAVING bool_and(c.days IS NOT NULL)
),
due AS MATERIALIZED (
    SELECT r.id, r.what, r.rule, greatest(f.since + to_days(r.days::INTEGER), r.effective_at) AS due_at, f.size
    FROM ruled AS r JOIN released AS f USING (id)
    WHERE greatest(f.since + to_days(r.days::INTEGER), r.effective_at) <= $until
      AND NOT EXISTS (SELECT 1 FROM removed AS x WHERE x.message_id = r.id AND x.what = r.what)
),
body AS (
    SELECT message_id, coalesce(strlen(text), 0) + coalesce(strlen(html), 0) AS bytes FROM message_body
    WHERE message_id IN (SELECT id FROM due WHERE what <> 'raw')
),
bare AS (SELECT message_id FROM removed WHERE what = 'raw' AND message_id IN (SELECT id FROM due))
SELECT d.id AS message_id, d.what, d.rule, d.due_at,
       CASE WHEN d.what <> 'body' AND d.id NOT IN (SELECT message_id FROM bare) THEN d.size ELSE 0 END
           + CASE WHEN d.what <> 'raw' THEN coalesce(b.bytes, 0) ELSE 0 END AS bytes
FROM due AS d LEFT JOIN body AS b ON b.message_id = d.id
-- With its row all of a message goes.
WHERE d.what = 'row' OR d.id NOT IN (SELECT id FROM due WHERE what = 'row')
