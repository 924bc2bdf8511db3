-- Whether the mail of a turn is stored as it was collected: its bytes read again and hashed.
-- Parameters: $turn. Gives uid, length (bytes stored), sha256 (as collected), intact.
WITH taken AS (SELECT message_id, uid FROM server_effect WHERE turn = $turn::UUID),
-- As hexadecimal text, since what DuckDB joins in order is text.
whole AS (
    SELECT message_id, string_agg(hex(content), '' ORDER BY part) AS content
    FROM raw_part WHERE message_id IN (SELECT message_id FROM taken) GROUP BY message_id
)
SELECT t.uid, coalesce(length(w.content), 0) // 2 AS length, coalesce(r.sha256, '') AS sha256,
       -- Of mail over the size limit there is the header only, and its size is hashed with it (core/intake.py).
       coalesce(sha256(unhex(coalesce(w.content, '') || CASE WHEN r.complete THEN ''
                             ELSE hex(encode(chr(0) || r.size)) END)) = r.sha256, false) AS intact
FROM taken AS t LEFT JOIN message_raw AS r USING (message_id) LEFT JOIN whole AS w USING (message_id)
