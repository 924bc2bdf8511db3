-- The work items a person may see, filtered, a page of them: newest first.
-- Parameters: $mailboxes (in scope and asked for), $everything (in scope), $statuses, $kinds, $targets (customer,
--             customer␟contract or customer␟contract␟service; empty lists: any), $opened_by (part of a name or
--             address, '': any), $reference (exact, NULL: any), $word1 … $word3 (lower case, '': any),
--             $bodies (whether the text of mail is searched), $limit, $skip
-- Where a page past the last is asked for, the last is given; `total` is how many match on all pages.
WITH held AS (
    SELECT o.work_item_id, o.message_id
    FROM work_item_message AS o JOIN message AS m ON m.id = o.message_id
    WHERE list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
),
asked AS MATERIALIZED (
    SELECT i.* FROM work_item AS i
    WHERE i.id IN (SELECT work_item_id FROM held)
      AND ($reference::VARCHAR IS NULL OR i.reference = $reference)
      AND (len($statuses::VARCHAR[]) = 0 OR list_contains($statuses::VARCHAR[], i.status))
      AND (len($kinds::VARCHAR[]) = 0 OR list_contains($kinds::VARCHAR[], i.kind))
      AND (len($targets::VARCHAR[]) = 0
           OR list_has_any($targets::VARCHAR[], [i.customer, concat_ws(chr(31), i.customer, i.contract),
                                                 concat_ws(chr(31), i.customer, i.contract, i.service)]))
      AND ($opened_by = '' OR contains(lower(i.opened_by), $opened_by))
)
SELECT count(*) FROM asked
