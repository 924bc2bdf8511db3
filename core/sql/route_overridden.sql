-- Items that routes opened and people took away again, for whatever is said about overrides.
-- Reads:  fired (route_statistics.sql)
-- Gives:  opened_in_vain   items merged away, or taken back: route_id, message_id, received_at, work_item_id, status, and
--                          the target (kind, customer, contract, service)
--         ended_alike      those of them (work_item_id) whose mail is in another item of the same target now

-- The journal knows the route that opened an item by the name it had then.
CREATE OR REPLACE TEMP TABLE opened_in_vain AS
SELECT DISTINCT f.route_id, f.message_id, f.received_at, w.id AS work_item_id, w.status, w.kind, w.customer, w.contract, w.service
FROM (SELECT * FROM work_item WHERE status IN ('merged', 'withdrawn')) AS w JOIN journal AS j ON j.work_item_id = w.id
JOIN fired AS f ON f.message_id = j.message_id
JOIN route AS r ON r.id = f.route_id AND r.version = f.route_version AND r.name = w.opened_by
WHERE j.action = 'create' AND j.actor_kind = 'route';

CREATE OR REPLACE TEMP TABLE ended_alike AS
SELECT o.work_item_id
FROM opened_in_vain AS o JOIN work_item_message AS p ON p.message_id = o.message_id
JOIN work_item AS n ON n.id = p.work_item_id AND n.status IN ('open', 'closed')
WHERE n.kind = o.kind AND n.customer = o.customer AND n.contract = o.contract AND n.service = o.service;
