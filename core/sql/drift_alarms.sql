-- Routes whose items people take away more often than they used to, of the last 28 days and of the 62 before.
-- Reads:  fired (route_statistics.sql), opened_in_vain, ended_alike (route_overridden.sql); variables mailboxes, now (UTC).   Only mail in scope is counted.
-- An item was taken away when it was merged into one of another target, or when people took it back and gave the mail
-- another end. Of routes with too few items nothing is said.
WITH opened AS (
    SELECT DISTINCT f.route_id, f.message_id, f.received_at, j.work_item_id,
           f.received_at >= getvariable('now') - INTERVAL 28 DAY AS lately
    FROM fired AS f JOIN journal AS j ON j.message_id = f.message_id AND j.action = 'create' AND j.actor_kind = 'route'
    JOIN route AS r ON r.id = f.route_id AND r.version = f.route_version AND r.name = j.actor
),
overridden AS (
    SELECT o.route_id, o.work_item_id FROM opened_in_vain AS o JOIN message AS m ON m.id = o.message_id
    WHERE o.work_item_id NOT IN (SELECT work_item_id FROM ended_alike) AND (o.status = 'merged' OR m.status <> 'unprocessed')
),
counted AS (
    SELECT o.route_id, count(DISTINCT o.work_item_id) FILTER (o.lately) AS hits_28,
           count(DISTINCT o.work_item_id) FILTER (NOT o.lately) AS hits_before,
           count(DISTINCT x.work_item_id) FILTER (o.lately) AS overrides_28,
           count(DISTINCT x.work_item_id) FILTER (NOT o.lately) AS overrides_before
    FROM opened AS o LEFT JOIN overridden AS x ON x.route_id = o.route_id AND x.work_item_id = o.work_item_id GROUP BY o.route_id
)
SELECT n.id::VARCHAR AS route_id, n.name AS route, concat_ws(' · ', upper(n.target_kind[1]) || n.target_kind[2:],
           n.target_customer, n.target_contract, n.target_service) AS target, n.mailbox,
       c.hits_28, c.overrides_28, c.hits_before, c.overrides_before, c.overrides_28 / c.hits_28 AS share_28,
       CASE WHEN c.hits_before > 0 THEN c.overrides_before / c.hits_before END AS share_before, f.since
FROM counted AS c JOIN route_newest AS n ON n.id = c.route_id
JOIN (SELECT id, min(created_at) AS since FROM route GROUP BY id) AS f ON f.id = n.id
WHERE NOT n.removed AND (n.mailbox IS NULL OR list_contains(getvariable('mailboxes'), n.mailbox))
  AND c.overrides_28 >= 3 AND wilson_lower(c.overrides_28, c.hits_28) > coalesce(c.overrides_before / nullif(c.hits_before, 0), 0.02)
ORDER BY c.overrides_28 DESC, n.name
