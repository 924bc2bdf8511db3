-- An answer and its question may arrive in one batch. The answer's conclusion only stands once the question's work
-- item does, so whatever answers an earlier mail of this batch that is going to an item the answer does not know of
-- yet waits for the next round, and what answers that one waits with it. So mail that arrives together ends as it would
-- have one after the other, however it is cut into batches. (Ids rise in the order of arrival.)
-- Reads: deciding, concluded, opening, appending, named_message, plus_reference.
-- Changes: deciding, concluded, appending, opening, traced, decided.
CREATE OR REPLACE TEMP TABLE held_back AS
WITH RECURSIVE answer AS (
    SELECT c.id AS answer_id, p.id AS question_id
    FROM (SELECT id, unnest(list_concat(in_reply_to, "references")) AS ref FROM deciding) AS c
    JOIN deciding AS p ON p.message_id = c.ref AND p.id < c.id
    UNION
    SELECT later.id, earlier.id FROM deciding AS later JOIN deciding AS earlier USING (message_id)
    WHERE message_id <> '' AND earlier.id < later.id
),
known AS (
    SELECT n.id AS answer_id, o.work_item_id FROM named_message AS n JOIN work_item_message AS o ON o.message_id = n.known_id
    UNION ALL SELECT message_id, work_item_id FROM plus_reference
),
below AS (
    SELECT answer_id FROM answer JOIN opening ON opening.message_id = question_id
    UNION
    SELECT a.answer_id FROM answer AS a JOIN appending AS p ON p.message_id = a.question_id
    WHERE NOT EXISTS (SELECT 1 FROM known WHERE known.answer_id = a.answer_id AND known.work_item_id = p.work_item_id)
    UNION
    SELECT answer.answer_id FROM below JOIN answer ON answer.question_id = below.answer_id
)
SELECT answer_id AS id FROM below;

DELETE FROM deciding WHERE id IN (SELECT id FROM held_back);
DELETE FROM concluded WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM appending WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM opening WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM traced WHERE message_id IN (SELECT id FROM held_back);
INSERT INTO decided SELECT id FROM deciding;
