-- Opens work items from the messages in `chosen`: one each, or one for all.
-- Reads: chosen, target (kind, customer, contract, service, opened_by, opened_at, together, batch).   Fills: linked.
CREATE OR REPLACE TEMP TABLE opened AS
SELECT uuidv7() AS id, min_by(subject, message_id) AS subject, list(message_id) AS message_ids,
       row_number() OVER (ORDER BY min(message_id)) AS place
FROM (SELECT id AS message_id, subject, CASE WHEN together THEN NULL ELSE id END AS lot FROM chosen, target)
GROUP BY lot;

UPDATE counter SET value = value + (SELECT count(*) FROM opened) WHERE name = 'work_item';

INSERT INTO work_item
SELECT o.id, t.kind, number, printf('%s-%06d', upper(t.kind[1]), number), t.customer, t.contract, t.service, o.subject,
       'open', t.opened_at, t.opened_by, t.opened_at, NULL, 1
FROM (SELECT *, (SELECT value FROM counter WHERE name = 'work_item') - count(*) OVER () + place AS number FROM opened) AS o
CROSS JOIN target AS t;

INSERT INTO linked SELECT unnest(message_ids), id FROM opened;

INSERT INTO work_item_message
SELECT l.work_item_id, l.message_id, 'opened', t.opened_at, t.batch FROM linked AS l CROSS JOIN target AS t;

-- It came in by where it was delivered and by the addresses of ours that it names.
INSERT INTO work_item_address BY NAME
SELECT DISTINCT l.work_item_id, r.address
FROM linked AS l JOIN recipient AS r ON r.message_id = l.message_id
WHERE r.valid AND (r.kind = 'delivered' OR r.kind IN ('to', 'cc') AND r.domain IN (SELECT domain FROM mailbox));
