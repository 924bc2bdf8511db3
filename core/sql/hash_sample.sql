-- Whether mail still has the bytes it was collected with: a sample hashed again, told by SHA-256.
-- Parameters: $mails (at most), $bytes (of all of them at most; the first is hashed whatever its size).
-- Gives one row: how many were hashed, how many of them differ.
WITH sampled AS (
    SELECT message_id, sha256, size, complete FROM message_raw
    WHERE message_id NOT IN (SELECT message_id FROM removed WHERE what = 'raw')  -- retention has taken their bytes
    ORDER BY hash(message_id) LIMIT $mails
),
chosen AS (
    SELECT * FROM sampled QUALIFY coalesce(sum(size) OVER (ORDER BY hash(message_id)
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) <= $bytes
),
-- As hexadecimal text, since what DuckDB joins in order is text.
whole AS (
    SELECT message_id, string_agg(hex(content), '' ORDER BY part) AS content
    FROM raw_part WHERE message_id IN (SELECT message_id FROM chosen) GROUP BY message_id
)
SELECT count(*),
       -- Of mail over the size limit there is the header only, and its size is hashed with it (core/intake.py).
       count(*) FILTER (sha256(unhex(coalesce(w.content, '') || CASE WHEN c.complete THEN ''
                               ELSE hex(encode(chr(0) || c.size)) END)) <> c.sha256)
FROM chosen AS c LEFT JOIN whole AS w USING (message_id)
