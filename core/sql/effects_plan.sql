-- A row for each delivery that has no row for the mailbox's effect yet, whenever it was collected.
-- Parameters: $mailbox, $kind, $detail, $days (it is left alone so long, counted from now and not from when it was
-- collected: who switches deleting on has as long to notice a mistake), $now, $limit.
-- Only mail that is decided. Of mail over the size limit only the header is stored, so it is kept where it lies.
INSERT INTO server_effect
WITH planned AS MATERIALIZED (
    SELECT folder, uid_validity, uid FROM server_effect WHERE mailbox = $mailbox AND kind = $kind AND detail = $detail
),
missing AS MATERIALIZED (
    SELECT d.message_id, d.folder, d.uid_validity, d.uid FROM delivery AS d
    WHERE d.mailbox = $mailbox
      AND NOT EXISTS (SELECT 1 FROM planned AS p
                      WHERE p.folder = d.folder AND p.uid_validity = d.uid_validity AND p.uid = d.uid)
),
chosen AS (
    SELECT w.*, NOT r.complete AND $kind <> 'flag' AS kept
    FROM missing AS w JOIN message_raw AS r USING (message_id)
    WHERE w.message_id IN (SELECT id FROM message)
    ORDER BY w.folder, w.uid_validity, w.uid::BIGINT LIMIT $limit
)
SELECT message_id, $mailbox, folder, uid_validity, uid, $kind, $detail, $now, $now::TIMESTAMP + to_days($days::INTEGER), 0,
       $now, NULL, NULL, NULL, NULL, CASE WHEN kept THEN 'kept' END, CASE WHEN kept THEN $now::TIMESTAMP END,
       CASE WHEN kept THEN 'over the size limit: only its header is stored' END, NULL
FROM chosen
