-- An answer and its question may arrive in one batch. The answer's conclusion only stands once the question's work
-- item does, so whatever answers (by however many steps) a mail of this batch that was processed just now is held
-- back for the next round. So mail that arrives together ends as it would have one after the other.
-- Reads: deciding, concluded.   Changes: deciding, concluded, appending, opening, traced, decided.
CREATE OR REPLACE TEMP TABLE held_back AS
WITH RECURSIVE answer AS (
    SELECT c.id AS answer_id, p.id AS question_id
    FROM (SELECT id, unnest(list_concat(in_reply_to, "references")) AS ref FROM deciding) AS c
    JOIN deciding AS p ON p.message_id = c.ref AND p.id <> c.id
    UNION
    SELECT later.id, earlier.id FROM deciding AS later JOIN deciding AS earlier USING (message_id)
    WHERE message_id <> '' AND (earlier.received_at, earlier.id) < (later.received_at, later.id)
),
below AS (
    SELECT answer_id FROM answer
    WHERE question_id IN (SELECT message_id FROM concluded WHERE status = 'processed')
    UNION
    SELECT answer.answer_id FROM below JOIN answer ON answer.question_id = below.answer_id
)
SELECT answer_id AS id FROM below;

-- Mails that name each other in a circle would wait for ever: then nobody waits.
DELETE FROM held_back
WHERE NOT EXISTS (SELECT 1 FROM concluded WHERE status = 'processed' AND message_id NOT IN (SELECT id FROM held_back));

DELETE FROM deciding WHERE id IN (SELECT id FROM held_back);
DELETE FROM concluded WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM appending WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM opening WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM traced WHERE message_id IN (SELECT id FROM held_back);
INSERT INTO decided SELECT id FROM deciding;
