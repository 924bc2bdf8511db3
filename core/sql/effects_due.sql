-- What may be done for a mailbox now, what never failed first, with what its stored bytes must be.
-- Parameters: $mailbox, $kind, $detail, $now, $limit.
WITH due AS (
    SELECT * FROM server_effect
    WHERE mailbox = $mailbox AND kind = $kind AND detail = $detail AND done_at IS NULL
      AND due_at <= $now AND next_try_at <= $now
    ORDER BY tries, folder, uid_validity, uid::BIGINT LIMIT $limit
)
SELECT d.folder, d.uid_validity, d.uid, d.message_id::VARCHAR AS message_id, d.tries, d.target_uid_validity,
       d.target_uid_next, coalesce(r.size, 0) AS size
FROM due AS d LEFT JOIN message_raw AS r USING (message_id)
ORDER BY d.tries, d.folder, d.uid_validity, d.uid::BIGINT
