-- What the stored bytes of the mail of a turn must be, in the order of their message.
-- Parameters: $turn. Gives a row each delivery: uid, message_id, length (bytes stored), sha256, complete, size (as
-- collected; NULL where they are no longer kept).
WITH taken AS (SELECT message_id, uid FROM server_effect WHERE turn = $turn::UUID),
lengths AS (
    SELECT message_id, sum(octet_length(content)) AS length
    FROM raw_part WHERE message_id IN (SELECT message_id FROM taken) GROUP BY message_id
)
SELECT t.uid, t.message_id::VARCHAR, coalesce(l.length, 0)::BIGINT AS length, r.sha256, r.complete, r.size
FROM taken AS t LEFT JOIN message_raw AS r USING (message_id) LEFT JOIN lengths AS l USING (message_id)
ORDER BY t.message_id
