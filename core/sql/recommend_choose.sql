-- One round of the greedy choice: every candidate that, of all that share an open message with it, handles most of what
-- is left. (What shares nothing cannot change another one's gain, so a round chooses as many as one after the other would.)
-- Mail that people decided otherwise counts against a candidate; among nearly equal ones the less general is chosen.
-- Reads:  measured, open_pair (what is left); variables bound (candidates below it are not looked at), fewest (messages
--         that a choice has to bring, and a fifth of its own: the rest would be a near-duplicate)
-- Changes: chosen_rule (a row each choice), open_pair.   Gives: newly (number)
CREATE OR REPLACE TEMP TABLE worth AS
WITH brought AS (
    SELECT number, count(*) AS handled, count(*) FILTER (verdict = 'agreed') AS agreeing,
           count(*) FILTER (verdict = 'against') AS against, count(*) FILTER (verdict = 'waiting') AS waiting
    FROM open_pair GROUP BY number
)
SELECT b.*, (b.agreeing - b.against) * (1 + 0.004 * m.specific) - b.number / 1e6 AS score
FROM brought AS b JOIN measured AS m USING (number)
WHERE m.at_least >= getvariable('bound') AND b.number NOT IN (SELECT number FROM chosen_rule)
  AND b.agreeing - b.against >= greatest(getvariable('fewest'), 0.2 * m.agreeing);

CREATE OR REPLACE TEMP TABLE newly AS
WITH scored AS (SELECT p.mail, p.number, w.score FROM open_pair AS p JOIN worth AS w USING (number)),
best AS (SELECT mail, max(score) AS score FROM scored GROUP BY mail)
SELECT s.number FROM scored AS s JOIN best AS b USING (mail) GROUP BY s.number HAVING bool_and(s.score = b.score);

INSERT INTO chosen_rule
SELECT number, getvariable('bound'), score, handled, agreeing, against, waiting FROM worth WHERE number IN (SELECT number FROM newly);

DELETE FROM open_pair WHERE mail IN (SELECT mail FROM open_pair WHERE number IN (SELECT number FROM newly));
