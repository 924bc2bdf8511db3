-- The work items named by their references, where the person may see them: lays out item_named.
-- Parameters: $references (upper case), $mailboxes (in scope).   As item_in_scope, for a few items among very many:
-- it begins with the items and asks about scope last, so that only their own mail is looked at.
CREATE OR REPLACE TEMP TABLE item_named AS
WITH named AS MATERIALIZED (SELECT * FROM work_item WHERE reference IN (SELECT unnest($references::VARCHAR[]))),
held AS MATERIALIZED (
    SELECT o.work_item_id, m.mailboxes FROM work_item_message AS o JOIN message AS m ON m.id = o.message_id
    WHERE o.work_item_id IN (SELECT id FROM named)
)
SELECT * FROM named
WHERE id IN (SELECT work_item_id FROM held WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[]))
