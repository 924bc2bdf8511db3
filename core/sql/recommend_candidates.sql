-- The lines as candidates: as they are, with words of the subject, and with a template of it; the least general that
-- says nearly the same stays.
-- Reads:  what recommend_seek.sql gives, picked; variables loosest (a bound), least, candidates (how many at most)
-- Gives:  candidate   number, target, specific (how many conditions, the more the less general), mailbox, recipient,
--                     sender, list_id, subject_contains, subject_regex, match_delivered, shape (the subject's template)

CREATE OR REPLACE TEMP TABLE trial AS
WITH plain AS (SELECT line, [] AS words, '' AS shape, m FROM line JOIN pool_member USING (pool) WHERE top),
worded AS (
    SELECT w.line, p.words, '' AS shape, w.m
    FROM (SELECT line, list(word ORDER BY place) AS words FROM picked GROUP BY line) AS p
    JOIN (SELECT DISTINCT w.line, w.m FROM word_member AS w JOIN picked AS p USING (line, word)) AS w USING (line)
),
-- Shapes that most often went to the line's target; counted by pool first, because a pool of an address has many targets.
counted AS (
    SELECT p.pool, h.shape, s.target, count(*) AS messages, count(*) / sum(count(*)) OVER (PARTITION BY p.pool, h.shape) AS share
    FROM pool_member AS p JOIN subject_shape AS h USING (m) JOIN sought AS s USING (m)
    WHERE regexp_matches(h.shape, '\p{L}{3,}.*[^\p{L}]\p{L}{3,}')
    GROUP BY p.pool, h.shape, s.target HAVING count(*) >= getvariable('least')
),
shaped AS (
    SELECT l.line, [] AS words, c.shape, p.m
    FROM counted AS c JOIN line AS l ON l.pool = c.pool AND l.target = c.target JOIN rec_target AS t ON t.number = l.target
    JOIN pool_member AS p ON p.pool = l.pool JOIN subject_shape AS h ON h.m = p.m AND h.shape = c.shape
    WHERE t.deed = 'work' AND c.share >= 0.5
)
SELECT line, words, shape, list(m) AS members
FROM (FROM plain UNION ALL FROM worded UNION ALL FROM shaped) GROUP BY line, words, shape HAVING count(*) >= getvariable('least');

CREATE OR REPLACE TEMP TABLE tried_out AS
WITH numbered AS (SELECT row_number() OVER ()::INTEGER AS trial, * FROM trial),
member AS (
    SELECT b.trial, b.m, s.target = l.target AS agrees, s.weight, s.decided_at, s.received_at, s.from_address
    FROM (SELECT trial, line, unnest(members) AS m FROM numbered) AS b JOIN line AS l USING (line) JOIN sought AS s USING (m)
),
-- Three decisions in a row that say otherwise end a habit, as in recommend_measure.sql.
told AS (
    SELECT *, NOT agrees AND NOT lag(agrees) OVER past AND NOT lag(agrees, 2) OVER past AS otherwise
    FROM member WINDOW past AS (PARTITION BY trial ORDER BY decided_at, m)
),
changed AS (SELECT trial, max(decided_at) AS changed_at FROM told WHERE otherwise GROUP BY trial),
counted AS (
    SELECT trial, count(*) FILTER (agrees) AS agreeing, sum(weight) FILTER (agrees) AS agreed, sum(weight) AS weight,
           sum(weight * weight) AS squared, count(DISTINCT received_at::DATE) FILTER (agrees) AS days,
           count(DISTINCT from_address) AS senders, max_by(NOT agrees, decided_at, 3) AS last_against,
           list(m) FILTER (agrees) AS agreeing_members
    FROM member LEFT JOIN changed USING (trial) WHERE changed_at IS NULL OR decided_at > changed_at GROUP BY trial
)
SELECT n.trial, n.line, n.words, n.shape, c.* EXCLUDE (trial), l.* EXCLUDE (line, agreeing),
       CASE l.who_kind WHEN 'sender' THEN 16 WHEN 'list' THEN 12 WHEN 'domain' THEN 10 ELSE 0 END
       + CASE WHEN n.shape <> '' THEN 6 WHEN len(n.words) > 0 THEN 4 ELSE 0 END
       + (l.address <> '')::INTEGER * 2 + (l.mailbox <> '')::INTEGER AS specific
FROM numbered AS n JOIN counted AS c USING (trial) JOIN line AS l USING (line)
WHERE c.days >= 2 AND wilson_lower_weighted(c.agreed, c.weight, c.squared) >= getvariable('loosest')
  AND len(list_filter(c.last_against, lambda other: other)) < 2  -- people do otherwise of late
  AND (l.who_kind <> '' OR c.senders >= 3 AND c.agreeing >= 5);  -- without a sender it takes several of them

-- What a less general one says nearly as often is left to that one.
CREATE OR REPLACE TEMP TABLE said_already AS
WITH member AS (SELECT trial, target, specific, unnest(agreeing_members) AS m FROM tried_out)
SELECT wide.trial
FROM member AS wide JOIN member AS narrow ON narrow.m = wide.m AND narrow.target = wide.target AND narrow.specific > wide.specific
JOIN tried_out AS t ON t.trial = wide.trial
GROUP BY wide.trial, narrow.trial HAVING count(*) >= 0.97 * any_value(t.agreeing);

CREATE OR REPLACE TEMP TABLE candidate AS
SELECT row_number() OVER (ORDER BY t.agreeing DESC, t.specific DESC, t.who, t.address, t.mailbox, t.words)::INTEGER AS number,
       t.target, t.specific, t.shape, nullif(t.mailbox, '') AS mailbox, coalesce(nullif(t.address, ''), '*') AS recipient,
       CASE t.who_kind WHEN 'sender' THEN [t.who] WHEN 'domain' THEN ['*@' || t.who] ELSE [] END AS sender,
       CASE WHEN t.who_kind = 'list' THEN t.who END AS list_id, t.words AS subject_contains,
       CASE WHEN t.shape <> '' THEN '(?i)' || array_to_string(list_transform(string_split(t.shape, '…'),
            lambda part: regexp_replace(part, '([.^$*+?()\[\]{}|\\])', '\\\1', 'g')), '\S+') END AS subject_regex,
       r.deed = 'delete' OR EXISTS (
           SELECT 1 FROM came_to AS a WHERE a.blind AND list_contains(t.agreeing_members, a.m)) AS match_delivered
FROM tried_out AS t ANTI JOIN said_already AS s ON s.trial = t.trial JOIN rec_target AS r ON r.number = t.target
QUALIFY row_number() OVER (ORDER BY t.agreeing DESC, t.specific DESC, t.who, t.address, t.mailbox, t.words)
        <= getvariable('candidates');
