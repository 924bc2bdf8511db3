-- Some of the mail that a block would have hit, that which became work first.
-- Reads: would_hit (block_would.sql)
WITH shown AS (
    SELECT id, status FROM would_hit WHERE NOT spared
    ORDER BY list_position(['processed', 'unprocessed', 'deleted'], status), received_at DESC, id LIMIT 5
)
SELECT m.id::VARCHAR AS id, m.from_address, m.from_name, m.subject, m.received_at, m.status,
       (SELECT string_agg(w.reference, ', ' ORDER BY w.number)
        FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id WHERE o.message_id = m.id) AS work_items
FROM message AS m SEMI JOIN shown USING (id)
ORDER BY list_position(['processed', 'unprocessed', 'deleted'], m.status), m.received_at DESC, m.id
