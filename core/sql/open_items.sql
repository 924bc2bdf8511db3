-- Opens the work items in `opened` (opened.sql).   Fills: linked.

-- Numbers are taken by updating the counter's row: two who take at once conflict, and one tries again.
UPDATE counter SET value = (SELECT max(number) FROM opened) WHERE name = 'work_item' AND EXISTS (SELECT 1 FROM opened);

INSERT INTO work_item
SELECT id, kind, number, printf('%s-%06d', upper(kind[1]), number), customer, contract, service, subject,
       'open', opened_at, opened_by, opened_at, NULL, 1
FROM opened;

INSERT INTO linked SELECT unnest(message_ids), id FROM opened;

INSERT INTO work_item_message SELECT id, unnest(message_ids), 'opened', opened_at, batch FROM opened;

-- It came in by where it was delivered and by the addresses of ours that it names.
INSERT INTO work_item_address BY NAME
SELECT DISTINCT l.work_item_id, r.address
FROM linked AS l JOIN recipient AS r ON r.message_id = l.message_id
WHERE r.valid AND (r.kind = 'delivered' OR r.kind IN ('to', 'cc') AND r.domain IN (SELECT domain FROM mailbox));
