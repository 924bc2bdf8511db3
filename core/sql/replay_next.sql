-- What left may be named by others that wait, also by earlier ones and further copies: they are asked once more.
-- Reads: chosen (what was just decided), looked_at.   Changes: replaying.
INSERT INTO replaying
WITH gone AS MATERIALIZED (SELECT message_key FROM message WHERE id IN (SELECT id FROM chosen) AND status <> 'unprocessed' AND message_id <> '')
SELECT id FROM message
WHERE id IN (SELECT id FROM looked_at) AND status = 'unprocessed' AND id NOT IN (SELECT id FROM replaying)
  AND (message_key IN (SELECT message_key FROM gone)
       OR EXISTS (SELECT 1 FROM gone)  -- one may carry the reference of an item that was opened just now
          AND id IN (SELECT message_id FROM recipient WHERE regexp_matches(address, '\+[tc]-[0-9]+@', 'i'))
       OR id IN (SELECT id FROM (SELECT id, unnest(list_concat(in_reply_to, "references")) AS ref FROM message
                                 WHERE id IN (SELECT id FROM looked_at))
                 WHERE md5_number_lower(ref) IN (SELECT message_key FROM gone)));

-- Whoever had them on their desk has them no longer.
DELETE FROM claim WHERE message_id IN (SELECT id FROM message WHERE status <> 'unprocessed' AND id IN (SELECT id FROM chosen));
DELETE FROM snooze WHERE message_id IN (SELECT id FROM message WHERE status <> 'unprocessed' AND id IN (SELECT id FROM chosen));
