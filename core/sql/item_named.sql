-- The work items named by their references, where the person may see them: lays out item_named.
-- Parameters: $references (upper case), $mailboxes (in scope).   As item_in_scope, for a few items among very many:
-- it begins with the items, so that only their own mail is looked at. (A join with message would be turned round, and a
-- million messages laid out to find one.)
CREATE OR REPLACE TEMP TABLE item_named AS
WITH named AS MATERIALIZED (SELECT * FROM work_item WHERE reference IN (SELECT unnest($references::VARCHAR[]))),
held AS MATERIALIZED (SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT id FROM named)),
mail AS MATERIALIZED (SELECT id, mailboxes FROM message WHERE id IN (SELECT message_id FROM held)),
seen AS MATERIALIZED (SELECT id FROM mail WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[]))
SELECT * FROM named
WHERE id IN (SELECT work_item_id FROM held WHERE message_id IN (SELECT id FROM seen))
