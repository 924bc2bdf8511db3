-- The work items a person may see: those with a message in one of their mailboxes (variable mailboxes).
CREATE OR REPLACE TEMP VIEW item_in_scope AS
SELECT * FROM work_item
WHERE id IN (SELECT o.work_item_id FROM work_item_message AS o JOIN message AS m ON m.id = o.message_id
             WHERE list_has_any(m.mailboxes, getvariable('mailboxes')));
