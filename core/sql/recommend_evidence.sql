-- What people decided by hand before a moment, about mail in scope that no route wanted: what recommendations learn from.
-- Reads:  variables as_of, since (UTC: mail received before is left out), half_life (days), mailboxes (in scope), newest_acts (how
--         many acts of people are looked at)
-- Gives:  evidence     message_id, mailbox, from_address, from_domain, list_id, subject, attachments, received_at,
--                      decided_at, decided_by, batch, target, weight (1 for what was decided at the moment, half a half-life before)
--         rec_target   number, deed (work or delete), kind, customer, contract, service

-- The last change of a status counts; what was undone or restored afterwards is no decision any more.
CREATE OR REPLACE TEMP TABLE decided_by_hand AS
WITH act AS (
    SELECT id, message_id, version_after, action, actor, work_item_id, happened_at, batch FROM journal
    WHERE actor_kind = 'person' AND action IN ('create', 'attach', 'delete', 'block') AND message_id IS NOT NULL
      AND happened_at >= getvariable('since') AND happened_at < getvariable('as_of')
    QUALIFY row_number() OVER (ORDER BY happened_at DESC, id DESC) <= getvariable('newest_acts')
),
last_change AS (
    SELECT message_id, max(version_after) AS version_after FROM journal
    WHERE message_id IN (SELECT message_id FROM act) AND status_before IS DISTINCT FROM status_after
      AND happened_at >= getvariable('since') AND happened_at < getvariable('as_of')
    GROUP BY message_id
)
SELECT message_id, max_by(action, id) AS action, max_by(actor, id) AS decided_by, max_by(work_item_id, id) AS work_item_id,
       max(happened_at) AS decided_at, max_by(batch, id) AS batch
FROM act JOIN last_change USING (message_id, version_after) GROUP BY message_id;

-- An item that was merged by then stands for the one it was merged into.
CREATE OR REPLACE TEMP TABLE item_standing AS
WITH RECURSIVE step AS (
    SELECT id, id AS standing FROM work_item WHERE id IN (SELECT work_item_id FROM decided_by_hand)
    UNION ALL
    SELECT s.id, w.merged_into FROM step AS s JOIN work_item AS w ON w.id = s.standing
    WHERE w.merged_into IS NOT NULL AND w.status_at < getvariable('as_of')
)
SELECT s.id, w.kind, w.customer, w.contract, w.service
FROM step AS s JOIN work_item AS w ON w.id = s.standing
WHERE w.merged_into IS NULL OR w.status_at >= getvariable('as_of');

CREATE OR REPLACE TEMP TABLE learned_from AS
SELECT m.id AS message_id, m.mailbox, m.from_address, m.from_domain, m.list_id, m.subject, m.attachments, m.received_at,
       d.decided_at, d.decided_by, d.batch,
       CASE WHEN d.action IN ('create', 'attach') THEN 'work' ELSE 'delete' END AS deed,
       i.kind, i.customer, i.contract, i.service
FROM decided_by_hand AS d JOIN message AS m ON m.id = d.message_id LEFT JOIN item_standing AS i ON i.id = d.work_item_id
WHERE m.received_at >= getvariable('since') AND list_contains(getvariable('mailboxes'), m.mailbox)
  AND m.cause IN ('no_route', 'bcc_only', 'conditions_not_met', 'no_valid_address', 'target_missing')
  AND (d.action IN ('delete', 'block') OR i.id IS NOT NULL);

CREATE OR REPLACE TEMP TABLE rec_target AS
SELECT row_number() OVER (ORDER BY deed DESC, customer, contract, service, kind)::INTEGER AS number, *
FROM (SELECT DISTINCT deed, kind, customer, contract, service FROM learned_from);

CREATE OR REPLACE TEMP TABLE evidence AS
SELECT l.* EXCLUDE (deed, kind, customer, contract, service), t.number AS target,
       0.5 ** (epoch(getvariable('as_of') - l.decided_at) / 86400 / getvariable('half_life')) AS weight
FROM learned_from AS l JOIN rec_target AS t
  ON t.deed = l.deed AND row(t.kind, t.customer, t.contract, t.service)
                         IS NOT DISTINCT FROM row(l.kind, l.customer, l.contract, l.service);
