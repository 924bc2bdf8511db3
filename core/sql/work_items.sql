-- The work items a person may see, filtered: lays out item_found, to be narrowed by words and read page by page.
-- Parameters: $mailboxes (in scope and asked for), $statuses, $kinds, $targets (empty lists: any; a target is
--             'customer', or customer and contract, or all three, joined by chr(31)), $opened_by (part of a name
--             or address, lower case, '': any), $after (opened at or after)
CREATE OR REPLACE TEMP TABLE item_found AS
WITH asked AS MATERIALIZED (
    SELECT i.id, i.opened_at FROM work_item AS i
    WHERE i.opened_at >= $after
      AND (len($statuses::VARCHAR[]) = 0 OR list_contains($statuses::VARCHAR[], i.status))
      AND (len($kinds::VARCHAR[]) = 0 OR list_contains($kinds::VARCHAR[], i.kind))
      AND (len($targets::VARCHAR[]) = 0
           OR list_has_any($targets::VARCHAR[], [i.customer, i.customer || chr(31) || i.contract,
                                                 i.customer || chr(31) || i.contract || chr(31) || i.service]))
      AND ($opened_by = '' OR contains(lower(i.opened_by), $opened_by))
),
held AS MATERIALIZED (SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT id FROM asked)),
mail AS MATERIALIZED (SELECT id, mailboxes FROM message WHERE id IN (SELECT message_id FROM held)),
seen AS MATERIALIZED (SELECT id FROM mail WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[]))  -- asked last: it is slow
SELECT id, opened_at FROM asked
WHERE id IN (SELECT work_item_id FROM held WHERE message_id IN (SELECT id FROM seen))
