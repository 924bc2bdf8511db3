-- What undoing a batch would take back, and what has gone further since and is left alone.
-- Every subquery names the rows at hand: what it would take from a million others, the joins around it drop again.
-- Reads: variables batch, mailboxes, now.   Gives: entry, item_entry, chosen, overtaken, linked, undone_item.
CREATE OR REPLACE TEMP TABLE entry AS
SELECT j.*, m.version, m.status AS status_now, m.subject, w.status AS item_status
FROM journal AS j JOIN message AS m ON m.id = j.message_id LEFT JOIN work_item AS w ON w.id = j.work_item_id
WHERE j.batch = getvariable('batch') AND list_has_any(m.mailboxes, getvariable('mailboxes'));

-- An item that was opened and got further mail since, or was closed or merged, is somebody's work by now.
CREATE OR REPLACE TEMP TABLE gone_further AS
SELECT message_id FROM entry GROUP BY message_id HAVING max(version) <> max(version_after)
UNION
SELECT message_id FROM entry
WHERE item_status <> 'open'
   OR action = 'create' AND work_item_id IN (
         SELECT work_item_id FROM work_item_message
         WHERE batch <> getvariable('batch') AND work_item_id IN (SELECT work_item_id FROM entry));

CREATE OR REPLACE TEMP TABLE chosen AS
SELECT message_id AS id, any_value(version) AS version, any_value(status_now) AS status,
       arg_min_null(cause, version_after) AS cause, any_value(subject) AS subject
FROM entry WHERE message_id NOT IN (SELECT message_id FROM gone_further) GROUP BY message_id;

CREATE OR REPLACE TEMP TABLE linked AS
SELECT DISTINCT message_id, work_item_id FROM entry
WHERE work_item_id IS NOT NULL AND message_id IN (SELECT id FROM chosen);

DELETE FROM work_item_message
WHERE batch = getvariable('batch') AND (work_item_id, message_id) IN (SELECT (work_item_id, message_id) FROM linked);

UPDATE work_item SET version = version + 1 WHERE id IN (SELECT work_item_id FROM linked);
UPDATE work_item SET status = 'withdrawn', status_at = getvariable('now')
WHERE id IN (SELECT work_item_id FROM linked)
  AND id NOT IN (SELECT work_item_id FROM work_item_message WHERE work_item_id IN (SELECT work_item_id FROM linked));

-- Merging, closing and reopening are about items alone: each goes back if nobody has touched the item since.
CREATE OR REPLACE TEMP TABLE about_items AS
SELECT * FROM journal WHERE batch = getvariable('batch') AND message_id IS NULL;

CREATE OR REPLACE TEMP TABLE inside AS
SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT work_item_id FROM about_items);

CREATE OR REPLACE TEMP TABLE item_entry AS
WITH newest AS (
    SELECT work_item_id, max(id) AS id FROM journal
    WHERE message_id IS NULL AND work_item_id IN (SELECT work_item_id FROM about_items) GROUP BY work_item_id
),
in_scope AS (
    SELECT o.work_item_id AS id FROM inside AS o JOIN message AS m ON m.id = o.message_id
    WHERE list_has_any(m.mailboxes, getvariable('mailboxes'))
)
SELECT j.*, i.reference, i.merged_into,
       i.status = j.status_after AND n.id = j.id AND coalesce(t.status, 'open') = 'open' AS untouched
FROM about_items AS j JOIN work_item AS i ON i.id = j.work_item_id JOIN newest AS n ON n.work_item_id = j.work_item_id
LEFT JOIN work_item AS t ON t.id = i.merged_into
WHERE i.id IN (SELECT id FROM in_scope);

CREATE OR REPLACE TEMP TABLE undone_item AS
SELECT work_item_id, action, status_before, status_after, merged_into FROM item_entry WHERE untouched;

DELETE FROM work_item_message
WHERE how = 'merged' AND batch = getvariable('batch') AND work_item_id IN (SELECT merged_into FROM undone_item);
DELETE FROM work_item_address
WHERE batch = getvariable('batch') AND work_item_id IN (SELECT merged_into FROM undone_item);

UPDATE work_item SET version = version + 1 WHERE id IN (SELECT merged_into FROM undone_item);
UPDATE work_item
SET status = u.status_before, merged_into = NULL, status_at = getvariable('now'), version = work_item.version + 1
FROM undone_item AS u WHERE work_item.id = u.work_item_id;

-- Who was there since: the newest entry of another batch about the message, or about its item.
CREATE OR REPLACE TEMP TABLE overtaken AS
WITH left_alone AS (
    SELECT DISTINCT message_id AS id, subject, message_id AS about FROM entry JOIN gone_further USING (message_id)
    UNION SELECT message_id, subject, work_item_id FROM entry JOIN gone_further USING (message_id)
    UNION SELECT work_item_id, reference, unnest([work_item_id, merged_into]) FROM item_entry WHERE NOT untouched
),
-- Two joins by equality: one that asks for either would compare every entry of the journal with every row.
since AS (
    SELECT message_id AS about, id, actor, action, happened_at FROM journal
    WHERE id > getvariable('batch') AND batch <> getvariable('batch') AND message_id IN (SELECT about FROM left_alone)
    UNION ALL
    SELECT work_item_id, id, actor, action, happened_at FROM journal
    WHERE id > getvariable('batch') AND batch <> getvariable('batch') AND work_item_id IN (SELECT about FROM left_alone)
)
SELECT l.id, l.subject, max_by(j.actor, j.id) AS actor, max_by(j.action, j.id) AS action,
       max_by(j.happened_at, j.id) AS happened_at
FROM left_alone AS l LEFT JOIN since AS j ON j.about = l.about
GROUP BY l.id, l.subject;
