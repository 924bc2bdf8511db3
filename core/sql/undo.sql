-- What undoing a batch would take back, and what has gone further since and is left alone.
-- Reads: variables batch, mailboxes.   Gives: chosen, overtaken, linked, undone_item.
CREATE OR REPLACE TEMP TABLE entry AS
SELECT j.*, m.version, m.subject
FROM journal AS j JOIN message AS m ON m.id = j.message_id
WHERE j.batch = getvariable('batch') AND list_has_any(m.mailboxes, getvariable('mailboxes'));

-- An item that got further mail since is somebody's work by now.
CREATE OR REPLACE TEMP TABLE gone_further AS
SELECT DISTINCT e.message_id FROM entry AS e
WHERE e.version <> e.version_after
   OR e.action = 'create' AND (
      e.work_item_id IN (SELECT work_item_id FROM work_item_message WHERE batch <> getvariable('batch'))
      OR e.work_item_id IN (SELECT id FROM work_item WHERE status <> 'open'));

CREATE OR REPLACE TEMP TABLE chosen AS
SELECT message_id AS id, any_value(version) AS version, any_value(cause) AS cause, any_value(subject) AS subject
FROM entry WHERE message_id NOT IN (SELECT message_id FROM gone_further) GROUP BY message_id;

CREATE OR REPLACE TEMP TABLE overtaken AS
SELECT e.message_id AS id, any_value(e.subject) AS subject, max_by(j.actor, j.id) AS actor,
       max_by(j.action, j.id) AS action, max(j.happened_at) AS happened_at
FROM entry AS e JOIN gone_further USING (message_id) JOIN journal AS j ON j.message_id = e.message_id
GROUP BY e.message_id;

CREATE OR REPLACE TEMP TABLE linked AS
SELECT message_id, work_item_id FROM entry
WHERE work_item_id IS NOT NULL AND message_id IN (SELECT id FROM chosen);

DELETE FROM work_item_message
WHERE batch = getvariable('batch') AND message_id IN (SELECT message_id FROM linked)
  AND work_item_id IN (SELECT work_item_id FROM linked);

UPDATE work_item SET status = 'withdrawn', version = version + 1
WHERE id IN (SELECT work_item_id FROM linked)
  AND id NOT IN (SELECT work_item_id FROM work_item_message);

-- Merging, closing and reopening are about items alone: each goes back if the item is still as that batch left it.
CREATE OR REPLACE TEMP TABLE undone_item AS
SELECT j.work_item_id, any_value(j.action) AS action
FROM journal AS j JOIN item_in_scope AS i ON i.id = j.work_item_id
WHERE j.batch = getvariable('batch') AND j.message_id IS NULL AND i.status = j.status_after
GROUP BY j.work_item_id;

DELETE FROM work_item_message
WHERE how = 'merged' AND batch = getvariable('batch') AND EXISTS (SELECT 1 FROM undone_item WHERE action = 'merge');

UPDATE work_item SET status = j.status_before, merged_into = NULL, version = work_item.version + 1
FROM (SELECT u.work_item_id, any_value(status_before) AS status_before
      FROM undone_item AS u JOIN journal AS e USING (work_item_id)
      WHERE e.batch = getvariable('batch') GROUP BY u.work_item_id) AS j
WHERE work_item.id = j.work_item_id;
