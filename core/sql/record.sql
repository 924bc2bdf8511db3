-- Writes down what decide.sql concluded: decisions with their trace, work items, journal.
-- Reads: deciding, deciding_recipient, concluded, appending, opening, traced, variable batch.
INSERT INTO decision
SELECT decision_id, message_id, decided_at, step, status, cause, evidence, spared_by, spared_from FROM concluded;

INSERT INTO decision_trace
SELECT c.decision_id, t.message_id, t.kind, t.address, t.route_id, t.route_version, t.position, t.failed, t.outcome
FROM traced AS t JOIN concluded AS c USING (message_id);

CREATE OR REPLACE TEMP TABLE opened AS
SELECT uuidv7() AS id, o.*, d.subject, d.received_at, c.decided_at,
       (SELECT value FROM counter WHERE name = 'work_item')
           + row_number() OVER (ORDER BY d.received_at, o.message_id, o.rank) AS number
FROM opening AS o JOIN deciding AS d ON d.id = o.message_id JOIN concluded AS c ON c.message_id = o.message_id;

-- Numbers are taken by updating the counter's row: two who take at once conflict, and one tries again.
UPDATE counter SET value = (SELECT max(number) FROM opened) WHERE name = 'work_item' AND EXISTS (SELECT 1 FROM opened);

INSERT INTO work_item
SELECT id, kind, number, printf('%s-%06d', upper(kind[1]), number), customer, contract, service, subject,
       'open', decided_at, route, decided_at, NULL, 1
FROM opened;

INSERT INTO work_item_message SELECT id, message_id, 'opened', decided_at, getvariable('batch') FROM opened;

-- It came in by the addresses that were routed, and by the delivery address where the mail did not name that itself.
INSERT INTO work_item_address BY NAME
SELECT id AS work_item_id, unnest(addresses) AS address FROM opened
UNION
SELECT o.id, r.address FROM opened AS o JOIN deciding_recipient AS r ON r.message_id = o.message_id
ANTI JOIN (SELECT message_id, address FROM deciding_recipient WHERE kind IN ('to', 'cc')) AS named
       ON named.message_id = r.message_id AND named.address = r.address
WHERE r.kind = 'delivered' AND r.valid;

INSERT INTO work_item_message
SELECT a.work_item_id, a.message_id, 'appended', c.decided_at, getvariable('batch')
FROM appending AS a JOIN concluded AS c USING (message_id);

-- Whoever merges, closes or withdraws the item at this moment changes its version too: one of the two tries again.
UPDATE work_item SET version = version + 1 WHERE id IN (SELECT work_item_id FROM appending);

INSERT INTO journal
SELECT uuidv7(), c.decided_at, getvariable('batch'),
       CASE c.step WHEN 'block' THEN c.evidence WHEN 'none' THEN 'routing' WHEN 'route' THEN o.route
                   WHEN 'delivered' THEN o.route ELSE c.step END,
       CASE c.step WHEN 'block' THEN 'block' WHEN 'route' THEN 'route' WHEN 'delivered' THEN 'route' ELSE 'rule' END,
       CASE c.status WHEN 'deleted' THEN 'delete' WHEN 'unprocessed' THEN 'queue'
                     ELSE CASE WHEN a.message_id IS NOT NULL THEN 'append' ELSE 'create' END END,
       c.message_id, coalesce(d.version, 0) + 1, coalesce(o.id, a.work_item_id), d.status, c.status, c.cause,
       c.evidence, NULL
FROM concluded AS c
JOIN deciding AS d ON d.id = c.message_id
LEFT JOIN opened AS o ON o.message_id = c.message_id
LEFT JOIN appending AS a ON a.message_id = c.message_id;
