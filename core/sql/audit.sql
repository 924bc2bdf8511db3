-- What was done at the desk, filtered: lays out audit_found, to be narrowed by words and read page by page.
-- Parameters: $mailboxes (in scope and asked for), $after, $before (when it was done; UTC), $actions, $actors (a person's
--             address, or person, route, block, rule: all of them), $statuses (of the message now; empty lists: any),
--             $sender (address or domain, NULL: any), $batch (NULL: any)
-- The period is what keeps this cheap: rows of the journal lie in the order of time. Scope is asked about last, of the
-- mail that is left.
CREATE OR REPLACE TEMP TABLE audit_found AS
WITH sent AS MATERIALIZED (
    SELECT id FROM message WHERE $sender::VARCHAR IS NOT NULL AND (from_address = $sender OR from_domain = $sender)
),
asked AS MATERIALIZED (
    SELECT id, happened_at, message_id, work_item_id FROM journal
    WHERE happened_at >= $after AND happened_at < $before
      AND (len($actions::VARCHAR[]) = 0 OR list_contains($actions::VARCHAR[], action))
      AND (len($actors::VARCHAR[]) = 0 OR list_has_any($actors::VARCHAR[], [actor, actor_kind]))
      AND ($batch::UUID IS NULL OR batch = $batch::UUID)
      AND ($sender::VARCHAR IS NULL OR message_id IS NULL OR message_id IN (SELECT id FROM sent))
),
mail AS MATERIALIZED (
    SELECT id, mailboxes FROM message
    WHERE id IN (SELECT message_id FROM asked)
      AND (len($statuses::VARCHAR[]) = 0 OR list_contains($statuses::VARCHAR[], status))
),
-- Merging, closing and reopening are about a work item alone; its mail says who may see it.
about_item AS MATERIALIZED (SELECT id, happened_at, work_item_id FROM asked WHERE message_id IS NULL),
held AS MATERIALIZED (
    SELECT work_item_id, message_id FROM work_item_message
    WHERE work_item_id IN (SELECT work_item_id FROM about_item)
      AND ($sender::VARCHAR IS NULL OR message_id IN (SELECT id FROM sent))
),
held_mail AS MATERIALIZED (SELECT id, mailboxes FROM message WHERE id IN (SELECT message_id FROM held))
SELECT id, happened_at, message_id, NULL::UUID AS work_item_id FROM asked
WHERE message_id IN (SELECT id FROM mail WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[]))
UNION ALL
SELECT id, happened_at, NULL, work_item_id FROM about_item
WHERE len($statuses::VARCHAR[]) = 0
  AND work_item_id IN (
      SELECT work_item_id FROM held
      WHERE message_id IN (SELECT id FROM held_mail WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[])))
