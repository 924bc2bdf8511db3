-- Why a message is where it is: each address it names, with the routes its newest decision tried for it.
-- Parameter: $id.   Nearest miss first: what took it, then the fewest failed conditions, then the order of the routes.
WITH newest AS (
    SELECT id FROM decision WHERE message_id = $id::UUID ORDER BY decided_at DESC, id DESC LIMIT 1
),
address AS (
    SELECT address, valid, min_by(kind, list_position(['to', 'cc', 'delivered'], kind)) AS kind,
           min((list_position(['to', 'cc', 'delivered'], kind), position)) AS place
    FROM recipient WHERE message_id = $id::UUID AND kind IN ('to', 'cc', 'delivered')
    GROUP BY address, valid, kind = 'delivered'
)
SELECT a.address, a.kind, a.valid, r.name AS route, t.route_version, t.failed, t.outcome
FROM address AS a
LEFT JOIN decision_trace AS t
  ON t.decision_id IN (FROM newest) AND t.address = a.address AND (t.kind = 'delivered') = (a.kind = 'delivered')
LEFT JOIN route AS r ON r.id = t.route_id AND r.version = t.route_version
ORDER BY a.place, t.outcome <> 'opened', len(t.failed), t.position
