-- What deciding again changed, or would change, a row each message.
-- Reads: looked_at, variable replay (the batch), claimed (message_id, person: before).
WITH changed AS (
    SELECT m.*, l.cause AS old_cause, l.version AS old_version
    FROM message AS m JOIN looked_at AS l USING (id) WHERE m.status <> 'unprocessed' OR m.cause IS DISTINCT FROM l.cause
),
newest AS (
    SELECT message_id, max_by(step, (decided_at, id)) AS step FROM decision
    WHERE message_id IN (SELECT id FROM changed) GROUP BY message_id
),
put AS (SELECT * FROM work_item_message WHERE batch = getvariable('replay')),
opened AS (
    SELECT p.work_item_id, string_agg(DISTINCT i.opened_by, ', ') AS route
    FROM put AS p JOIN work_item AS i ON i.id = p.work_item_id WHERE p.how = 'opened' GROUP BY p.work_item_id
),
became AS (
    SELECT p.message_id, string_agg(DISTINCT o.route, ', ' ORDER BY o.route) FILTER (p.how = 'opened') AS routes,
           string_agg(DISTINCT concat_ws(' · ', upper(i.kind[1]) || i.kind[2:], i.customer, i.contract, i.service), ', ') AS targets,
           string_agg(DISTINCT i.reference, ', ' ORDER BY i.reference) FILTER (o.work_item_id IS NULL) AS appended_to
    FROM put AS p JOIN work_item AS i ON i.id = p.work_item_id LEFT JOIN opened AS o ON o.work_item_id = p.work_item_id
    GROUP BY p.message_id
)
SELECT c.id::VARCHAR AS id, c.mailbox, c.from_address, c.subject, c.received_at, c.old_cause AS cause, c.old_version AS version,
       k.person AS claimed_by, CASE WHEN c.status = 'unprocessed' THEN 'cause' ELSE n.step END AS becomes,
       coalesce(b.routes, '') AS routes, coalesce(b.targets, '') AS targets, coalesce(b.appended_to, '') AS appended_to,
       CASE WHEN c.status = 'unprocessed' THEN c.cause ELSE '' END AS new_cause
FROM changed AS c
JOIN newest AS n ON n.message_id = c.id
LEFT JOIN became AS b ON b.message_id = c.id
LEFT JOIN claimed AS k ON k.message_id = c.id
ORDER BY c.received_at, c.id
