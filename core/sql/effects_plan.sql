-- A row for each delivery that has no row for the mailbox's effect yet, whenever it was collected.
-- Parameters: $mailbox, $kind, $detail, $days (it is left alone so long, counted from now and not from when it was
-- collected: who switches deleting on has as long to notice a mistake), $now.
-- Reads: blocks (folder, uid_validity, block) to look at, as effects_blocks.sql gives them.
-- Only mail that is decided. Of mail over the size limit only the header is stored, so it is kept where it lies. Mail
-- that was collected from the folder that it would be moved to lies there already.
INSERT INTO server_effect
WITH planned AS (
    SELECT e.folder, e.uid_validity, e.uid
    FROM server_effect AS e JOIN blocks AS b
      ON b.folder = e.folder AND b.uid_validity = e.uid_validity AND b.block = e.uid::BIGINT // 10000
    WHERE e.mailbox = $mailbox AND e.kind = $kind AND e.detail = $detail
),
missing AS MATERIALIZED (
    SELECT d.message_id, d.folder, d.uid_validity, d.uid
    FROM delivery AS d JOIN blocks AS b
      ON b.folder = d.folder AND b.uid_validity = d.uid_validity AND b.block = TRY_CAST(d.uid AS BIGINT) // 10000
    WHERE d.mailbox = $mailbox
      AND NOT EXISTS (SELECT 1 FROM planned AS p
                      WHERE p.folder = d.folder AND p.uid_validity = d.uid_validity AND p.uid = d.uid)
),
chosen AS (
    SELECT w.*, CASE WHEN $kind = 'move' AND w.folder = $detail THEN 'moved'
                     WHEN $kind <> 'flag' AND NOT r.complete THEN 'kept' END AS outcome
    FROM missing AS w JOIN message_raw AS r USING (message_id)
    WHERE w.message_id IN (SELECT id FROM message)
)
SELECT message_id, $mailbox, folder, uid_validity, uid, $kind, $detail, $now,
       $now::TIMESTAMP + to_days($days::INTEGER), 0, $now, NULL, NULL, NULL, NULL, outcome,
       CASE WHEN outcome IS NOT NULL THEN $now::TIMESTAMP END,
       CASE outcome WHEN 'kept' THEN 'over the size limit: only its header is stored' WHEN 'moved' THEN 'lay there' END,
       NULL
FROM chosen
