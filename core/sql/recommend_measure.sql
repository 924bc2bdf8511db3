-- What each candidate would have done, by the very statement that routes mail, and what people did with that mail.
-- Reads:  holding (match.sql), candidate, evidence, unrouted, known_rule; variables as_of, loosest, fewest, agreement (a share)
-- Gives:  settled       message_id of what known rules take care of
--         held          number, message_id, verdict (agreed, against, waiting), received_at, weight, settled (a known rule
--                       or an answer takes care of it)
--         measured      the candidates that hold good: columns of candidate, support, agreeing, against, waiting, at_least,
--                       weeks, lately (messages of the last 28 days), first_at, last_at, changed_at (when another habit
--                       ended; NULL: there was none)
--         chosen_rule (empty), open_pair   for recommend_choose.sql
CREATE OR REPLACE TEMP TABLE holds AS SELECT DISTINCT message_id, rank FROM holding;

CREATE OR REPLACE TEMP TABLE settled AS
SELECT DISTINCT h.message_id
FROM holds AS h JOIN known_rule AS k ON k.rank = h.rank LEFT JOIN evidence AS e ON e.message_id = h.message_id
WHERE k.settled_at IS NULL OR coalesce(e.decided_at, getvariable('as_of')) <= k.settled_at;

-- Once three in a row were decided otherwise, a habit has ended: what was before says nothing about what people do now.
CREATE OR REPLACE TEMP TABLE held AS
WITH ever AS (
    SELECT c.number, u.message_id, u.received_at, e.decided_at, e.weight, e.decided_by,
           CASE WHEN u.waiting THEN 'waiting' WHEN e.target = c.target THEN 'agreed' ELSE 'against' END AS verdict,
           s.message_id IS NOT NULL AS settled
    FROM holds AS h JOIN candidate AS c ON c.number = h.rank JOIN unrouted AS u ON u.message_id = h.message_id
    LEFT JOIN evidence AS e ON e.message_id = h.message_id LEFT JOIN settled AS s ON s.message_id = h.message_id
),
told AS (
    SELECT *, verdict = 'against' AND lag(verdict) OVER past = 'against' AND lag(verdict, 2) OVER past = 'against' AS otherwise
    FROM ever WHERE verdict <> 'waiting' WINDOW past AS (PARTITION BY number ORDER BY decided_at, message_id)
),
changed AS (SELECT number, max(decided_at) AS changed_at FROM told WHERE otherwise GROUP BY number)
SELECT e.*, c.changed_at FROM ever AS e LEFT JOIN changed AS c USING (number)
WHERE c.changed_at IS NULL OR e.verdict = 'waiting' OR e.decided_at > c.changed_at;

-- Old decisions count less: shares are of weights.
CREATE OR REPLACE TEMP TABLE measured AS
WITH counted AS (
    SELECT number, any_value(changed_at) AS changed_at, count(*) FILTER (verdict <> 'waiting') AS support,
           count(*) FILTER (verdict = 'agreed') AS agreeing, count(*) FILTER (verdict = 'against') AS against,
           count(*) FILTER (verdict = 'waiting') AS waiting, sum(weight) FILTER (verdict = 'agreed') AS agreed,
           sum(weight) AS weight, sum(weight * weight) AS squared,
           count(DISTINCT date_trunc('week', received_at)) FILTER (verdict = 'agreed') AS weeks,
           count(*) FILTER (received_at >= getvariable('as_of') - INTERVAL 28 DAY) AS lately,
           min(received_at) AS first_at, max(received_at) AS last_at,
           max_by(verdict = 'against', decided_at, 3) AS last_against
    FROM held GROUP BY number
)
SELECT c.*, n.* EXCLUDE (number, agreed, weight, squared, last_against),
       wilson_lower_weighted(n.agreed, n.weight, n.squared) AS at_least
FROM counted AS n JOIN candidate AS c USING (number)
WHERE n.agreeing >= getvariable('fewest') AND n.agreed >= getvariable('agreement') * n.weight
  AND wilson_lower_weighted(n.agreed, n.weight, n.squared) >= getvariable('loosest')
  AND len(list_filter(n.last_against, lambda other: other)) < 2;  -- people do otherwise of late

CREATE OR REPLACE TEMP TABLE chosen_rule (
    number INTEGER, bound DOUBLE, score DOUBLE, handled BIGINT, agreeing BIGINT, against BIGINT, waiting BIGINT);
CREATE OR REPLACE TEMP TABLE open_pair AS
SELECT h.number, u.mail, h.verdict FROM held AS h JOIN unrouted AS u USING (message_id)
WHERE NOT h.settled AND h.number IN (SELECT number FROM measured);
