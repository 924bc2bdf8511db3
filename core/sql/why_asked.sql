-- Why a mail that is only asked about would be where it would be: as why.sql, from what decide.sql concluded just now.
-- Reads: deciding_recipient, deciding_route, traced.   Parameters: $mailboxes (routes of others don't exist).
WITH address AS (
    SELECT address, valid, min_by(kind, list_position(['to', 'cc', 'delivered'], kind)) AS kind,
           min((list_position(['to', 'cc', 'delivered'], kind), position)) AS place
    FROM deciding_recipient WHERE kind IN ('to', 'cc', 'delivered')
    GROUP BY address, valid, kind = 'delivered'
)
SELECT a.address, a.kind, a.valid, t.route, t.route_version, t.failed, t.outcome, t.position, t.target
FROM address AS a
LEFT JOIN (
    SELECT t.*, r.name AS route, concat_ws(' · ', upper(r.target_kind[1]) || r.target_kind[2:], r.target_customer,
                                           r.target_contract, r.target_service) AS target
    FROM traced AS t JOIN deciding_route AS r ON r.id = t.route_id AND r.version = t.route_version
    WHERE t.outcome <> 'missed' OR r.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], r.mailbox)
) AS t ON t.address = a.address AND (t.kind = 'delivered') = (a.kind = 'delivered')
ORDER BY a.place, t.outcome <> 'opened', len(t.failed), t.position
