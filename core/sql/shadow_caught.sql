-- What routes in shadow would have taken, as they stand today, and what people did with it. Hits of versions that said
-- something else are left out; a mail that was decided twice counts once.
-- Reads:  variable mailboxes (in scope).
-- Gives:  shadow_caught (route_id, message_id, address, taken_from, decided_at, verdict, became)
--         verdict: agreed (people gave it the target of the route), disagreed (another one, or they deleted it), undecided
--         (no person has decided it); became: the targets it has, or `deleted`; NULL where nothing came of it
CREATE OR REPLACE TEMP VIEW shadow_version AS
SELECT v.id, v.version, v.created_at
FROM route_shadow AS s JOIN route AS v ON v.id = s.id AND v.shadow
WHERE row(v.mailbox, v.recipient, v.sender, v.subject_contains, v.subject_regex, v.body_contains, v.list_id,
          v.has_attachment, v.match_delivered, v.target_kind, v.target_customer, v.target_contract, v.target_service)
      IS NOT DISTINCT FROM
      row(s.mailbox, s.recipient, s.sender, s.subject_contains, s.subject_regex, s.body_contains, s.list_id,
          s.has_attachment, s.match_delivered, s.target_kind, s.target_customer, s.target_contract, s.target_service)
  AND (s.mailbox IS NULL OR list_contains(getvariable('mailboxes'), s.mailbox));

CREATE OR REPLACE TEMP TABLE shadow_caught AS
WITH caught AS (
    SELECT h.route_id, h.message_id, max_by(h.address, h.decided_at) AS address,
           max_by(h.taken_from, h.decided_at) AS taken_from, max(h.decided_at) AS decided_at
    FROM shadow_hit AS h JOIN shadow_version AS v ON v.id = h.route_id AND v.version = h.version
    GROUP BY h.route_id, h.message_id
),
mail AS (
    SELECT id, status FROM message
    WHERE id IN (SELECT message_id FROM caught) AND list_has_any(mailboxes, getvariable('mailboxes'))
),
-- Who changed its status last; merging and passing on are about its item.
last_change AS (
    SELECT message_id, max_by(actor_kind, (version_after, id)) AS by_whom FROM journal
    WHERE message_id IN (SELECT id FROM mail) AND status_before IS DISTINCT FROM status_after GROUP BY message_id
),
became AS (
    SELECT o.message_id, bool_or(o.how = 'merged') AS merged,
           list(DISTINCT {'kind': w.kind, 'customer': w.customer, 'contract': w.contract, 'service': w.service}) AS targets,
           string_agg(DISTINCT concat_ws(' · ', upper(w.kind[1]) || w.kind[2:], w.customer, w.contract, w.service), ', ') AS said
    FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id
    WHERE o.message_id IN (SELECT id FROM mail) AND w.status IN ('open', 'closed') GROUP BY o.message_id
)
SELECT c.*,
       CASE WHEN l.by_whom = 'person' AND m.status = 'deleted' THEN 'disagreed'
            WHEN m.status <> 'processed' OR l.by_whom IS DISTINCT FROM 'person' AND b.merged IS NOT TRUE THEN 'undecided'
            WHEN list_contains(b.targets, {'kind': s.target_kind, 'customer': s.target_customer,
                                           'contract': s.target_contract, 'service': s.target_service}) THEN 'agreed'
            ELSE 'disagreed' END AS verdict,
       CASE m.status WHEN 'deleted' THEN 'deleted' WHEN 'processed' THEN b.said END AS became
FROM caught AS c
JOIN mail AS m ON m.id = c.message_id
JOIN route_shadow AS s ON s.id = c.route_id
LEFT JOIN last_change AS l ON l.message_id = c.message_id
LEFT JOIN became AS b ON b.message_id = c.message_id;
