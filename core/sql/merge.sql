-- Merges the items in `merging` (id) into the item `into_item` (variable): their messages and addresses go along.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT DISTINCT o.message_id FROM work_item_message AS o
WHERE o.work_item_id IN (SELECT id FROM merging)
  AND o.message_id NOT IN (SELECT message_id FROM work_item_message WHERE work_item_id = getvariable('into_item'));

INSERT INTO work_item_message
SELECT getvariable('into_item'), message_id, 'merged', getvariable('now'), getvariable('batch') FROM moved;

INSERT INTO work_item_address
SELECT DISTINCT getvariable('into_item'), address, getvariable('batch') FROM work_item_address
WHERE work_item_id IN (SELECT id FROM merging)
  AND address NOT IN (SELECT address FROM work_item_address WHERE work_item_id = getvariable('into_item'));

INSERT INTO journal
SELECT uuidv7(), getvariable('now'), getvariable('batch'), getvariable('actor'), 'person', 'merge', NULL, NULL, w.id,
       w.status, 'merged', NULL, (SELECT reference FROM work_item WHERE id = getvariable('into_item')), NULL
FROM work_item AS w WHERE w.id IN (SELECT id FROM merging);

-- The other item changes too: who attaches to it, closes or merges it at this moment tries again.
UPDATE work_item SET version = version + 1 WHERE id = getvariable('into_item');

UPDATE work_item SET status = 'merged', merged_into = getvariable('into_item'), status_at = getvariable('now'),
                     version = version + 1
WHERE id IN (SELECT id FROM merging);
