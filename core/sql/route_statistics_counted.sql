-- The numbers of each route.
-- Reads:  what route_statistics.sql and route_overridden.sql give, and `holding` of match.sql over it
-- Gives:  route_number (route_id, hits_7, hits_30, hits_90, marginal_90, overrides_90, unrouted_90, last_fired_at)

-- Mail that this route would catch and no other one, by whichever address, if no step before the routes ended it.
CREATE OR REPLACE TEMP TABLE marginal AS
WITH only_one AS (
    SELECT message_id, min(rank) AS rank FROM holding GROUP BY message_id HAVING min(rank) = max(rank)
),
ended AS (
    SELECT message_id FROM decision
    WHERE step IN ('limits', 'block', 'own_address', 'flood', 'reply') AND message_id >= getvariable('first_id')
)
SELECT r.id AS route_id, count(*) AS number
FROM only_one AS o JOIN deciding_route AS r USING (rank) ANTI JOIN ended AS e ON e.message_id = o.message_id
GROUP BY r.id;

CREATE OR REPLACE TEMP TABLE fired_mail AS SELECT DISTINCT route_id, message_id, received_at FROM fired;

CREATE OR REPLACE TEMP TABLE hits AS
SELECT route_id, count(*) AS hits_90, count(*) FILTER (received_at >= getvariable('since_30')) AS hits_30,
       count(*) FILTER (received_at >= getvariable('since_7')) AS hits_7
FROM fired_mail GROUP BY route_id;

-- Items that it opened and people merged away, or took back and gave the mail another end: another target, or deleted.
CREATE OR REPLACE TEMP TABLE overrides AS
SELECT o.route_id, count(DISTINCT o.work_item_id) AS number
FROM opened_in_vain AS o JOIN message AS m ON m.id = o.message_id
WHERE o.status = 'merged' OR m.status <> 'unprocessed' AND o.work_item_id NOT IN (SELECT work_item_id FROM ended_alike)
GROUP BY o.route_id;

-- Addresses beside those that were routed, which no route wanted.
CREATE OR REPLACE TEMP TABLE unrouted AS
SELECT f.route_id, count(DISTINCT hash(f.message_id, a.address)) AS number
FROM fired_mail AS f JOIN deciding_recipient AS a ON a.message_id = f.message_id
ANTI JOIN fired AS g ON g.message_id = a.message_id AND g.address = a.address
WHERE a.valid AND a.kind IN ('to', 'cc') GROUP BY f.route_id;

CREATE OR REPLACE TEMP TABLE route_number AS
SELECT r.id AS route_id, coalesce(h.hits_7, 0) AS hits_7, coalesce(h.hits_30, 0) AS hits_30, coalesce(h.hits_90, 0) AS hits_90,
       coalesce(m.number, 0) AS marginal_90, coalesce(o.number, 0) AS overrides_90, coalesce(u.number, 0) AS unrouted_90,
       l.last_fired_at
FROM route_newest AS r
LEFT JOIN hits AS h ON h.route_id = r.id
LEFT JOIN marginal AS m ON m.route_id = r.id
LEFT JOIN overrides AS o ON o.route_id = r.id
LEFT JOIN unrouted AS u ON u.route_id = r.id
LEFT JOIN last_fired AS l ON l.route_id = r.id;
