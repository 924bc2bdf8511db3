-- What a baseline says: the most frequent target of the first rung that knows anything about a message.
-- Reads:  learned, asked, fold_key, wilson_lower.   Parameters: $rungs, such as ['sender', 'list', 'domain'].
-- Gives:  offer   message_id, place, target, confidence: place 0 is what it would route, 1 to 3 are its suggestions for
--                 people who open a work item, from further rungs too; those are never to delete
CREATE OR REPLACE TEMP TABLE offer AS
WITH known AS (
    SELECT k.rung, k.key, l.target, count(*) AS mails, sum(count(*)) OVER (PARTITION BY k.rung, k.key) AS total
    FROM learned AS l JOIN fold_key AS k USING (message_id)
    WHERE list_contains($rungs::VARCHAR[], k.rung) GROUP BY k.rung, k.key, l.target
),
said AS (
    SELECT a.id AS message_id, list_position($rungs::VARCHAR[], k.rung) AS step, n.target, n.mails, n.total
    FROM asked AS a JOIN fold_key AS k ON k.message_id = a.id JOIN known AS n ON n.rung = k.rung AND n.key = k.key
),
routed AS (
    SELECT message_id, target, wilson_lower(mails, total) AS confidence FROM said
    QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY step, mails DESC, target) = 1
),
suggested AS (
    SELECT message_id, target, min((step, -mails)) AS order_of FROM said WHERE target <> 'delete' GROUP BY message_id, target
)
SELECT message_id, 0::BIGINT AS place, target, confidence::DOUBLE AS confidence FROM routed
UNION ALL
SELECT message_id, row_number() OVER (PARTITION BY message_id ORDER BY order_of, target) AS place, target, NULL
FROM suggested QUALIFY place <= 3
