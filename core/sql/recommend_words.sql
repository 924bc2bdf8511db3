-- One more word for every line: the one that most of its mail has which no word picked before has.
-- Reads: word_member.   Changes: picked.
INSERT INTO picked
WITH covered AS (SELECT DISTINCT w.line, w.m FROM word_member AS w JOIN picked AS p USING (line, word)),
counted AS (
    SELECT w.line, w.word, count(*) AS messages
    FROM word_member AS w ANTI JOIN covered AS c ON c.line = w.line AND c.m = w.m
    WHERE w.agrees GROUP BY w.line, w.word HAVING count(*) >= 2
)
SELECT line, arg_max(word, (messages, length(word), word)), (SELECT count(DISTINCT place) FROM picked) + 1
FROM counted GROUP BY line;
