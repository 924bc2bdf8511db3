-- Lays out `opened`: the work items to open from the messages in `chosen`, one each or one for all $together.
-- Parameters: $kind, $customer, $contract and $service of the target; $by and $now (who opens them, when); $batch.
CREATE OR REPLACE TEMP TABLE opened AS
SELECT uuidv7() AS id, $kind AS kind, $customer AS customer, $contract AS contract, $service AS service,
       min_by(subject, id) AS subject, $now::TIMESTAMP AS opened_at, $by AS opened_by, $batch::UUID AS batch,
       list(id) AS message_ids,
       (SELECT value FROM counter WHERE name = 'work_item') + row_number() OVER (ORDER BY min(id)) AS number
FROM chosen
GROUP BY CASE WHEN $together::BOOLEAN THEN NULL ELSE id END
