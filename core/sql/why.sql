-- Why a message is where it is: each address it names, with the routes its newest decision tried for it.
-- Parameters: $id, $mailboxes (in scope: routes and addresses of other mailboxes don't exist).   Nearest miss first: what took it, then the fewest failed conditions, then the order of the routes.
WITH newest AS (
    SELECT id FROM decision WHERE message_id = $id::UUID ORDER BY decided_at DESC, id DESC LIMIT 1
),
address AS (
    SELECT address, valid, min_by(kind, list_position(['to', 'cc', 'delivered'], kind)) AS kind,
           min((list_position(['to', 'cc', 'delivered'], kind), position)) AS place
    FROM recipient WHERE message_id = $id::UUID AND kind IN ('to', 'cc', 'delivered')
      AND (position > 0 OR address IN (SELECT address FROM mailbox WHERE list_contains($mailboxes::VARCHAR[], name)))
    GROUP BY address, valid, kind = 'delivered'
)
SELECT a.address, a.kind, a.valid, t.route, t.route_version, t.failed, t.outcome, t.position, t.target
FROM address AS a
LEFT JOIN (
    SELECT t.*, r.name AS route, concat_ws(' · ', upper(r.target_kind[1]) || r.target_kind[2:], r.target_customer,
                                           r.target_contract, r.target_service) AS target
    FROM decision_trace AS t JOIN route AS r ON r.id = t.route_id AND r.version = t.route_version
    WHERE t.decision_id IN (FROM newest)
      AND (t.outcome <> 'missed' OR r.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], r.mailbox))
) AS t ON t.address = a.address AND (t.kind = 'delivered') = (a.kind = 'delivered')
ORDER BY a.place, t.outcome <> 'opened', len(t.failed), t.position
