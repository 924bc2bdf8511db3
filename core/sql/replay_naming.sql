-- Waiting messages that name, or are further copies of, what left in a batch: in portions, one may come before what it names.
-- Parameters: $batch, $mailboxes (in scope).
WITH gone AS MATERIALIZED (
    SELECT message_key FROM message
    WHERE message_id <> '' AND id IN (SELECT message_id FROM journal WHERE batch = $batch::UUID AND status_after = 'processed')
),
naming AS (
    SELECT id, message_key, unnest(list_concat(in_reply_to, "references", [message_id])) AS ref FROM message
    WHERE status = 'unprocessed' AND list_contains($mailboxes::VARCHAR[], mailbox)
)
SELECT id::VARCHAR FROM naming WHERE md5_number_lower(ref) IN (FROM gone)
UNION
SELECT message_id::VARCHAR FROM recipient  -- the reference of an item that the batch opened
WHERE regexp_matches(address, '\+[tc]-[0-9]+@', 'i') AND message_id IN (SELECT id FROM naming)
  AND upper(regexp_extract(address, '\+([tc]-[0-9]+)@', 1, 'i')) IN (
      SELECT reference FROM work_item WHERE id IN (SELECT work_item_id FROM work_item_message WHERE batch = $batch::UUID))
