-- An answer and its question may arrive in one batch. Where the question opens a work item just now, the answer's
-- conclusion does not stand before that item does: it waits for the next round, and what answers the answer waits with
-- it. So mail that arrives together ends as it would have one after the other, however it is cut into batches.
-- Reads: deciding, answering, opening.   Changes: deciding, concluded, appending, opening, traced, decided.
CREATE OR REPLACE TEMP TABLE held_back AS
WITH RECURSIVE below AS (
    SELECT answer_id AS id FROM answering WHERE question_id IN (SELECT message_id FROM opening)
    UNION
    SELECT answer_id FROM below JOIN answering ON question_id = id
)
SELECT id FROM below;

DELETE FROM deciding WHERE id IN (SELECT id FROM held_back);
DELETE FROM concluded WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM appending WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM opening WHERE message_id IN (SELECT id FROM held_back);
DELETE FROM traced WHERE message_id IN (SELECT id FROM held_back);
INSERT INTO decided SELECT id FROM deciding;
