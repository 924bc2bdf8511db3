-- A row for each learner. Coverage at precision 0.95: its answers by how sure it is of them, the surest first, as far as
-- 95 % of them all are right; answers it is equally sure of count together.
-- Reads: evaluate_learner, evaluate_answer, evaluate_place.
WITH so_far AS (
    SELECT learner, count(*) OVER surest AS answers, count(*) FILTER (is_right) OVER surest AS agreeing
    FROM evaluate_answer WHERE said IS NOT NULL
    WINDOW surest AS (PARTITION BY learner ORDER BY confidence DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
at_95 AS (SELECT learner, max(answers) AS answers FROM so_far WHERE agreeing >= 0.95 * answers GROUP BY learner),
answered AS (
    SELECT learner, count(*) AS tested, count(*) FILTER (offered) AS routed, count(*) FILTER (offered AND is_right) AS agreeing
    FROM evaluate_answer GROUP BY learner
),
placed AS (
    SELECT learner, count(*) FILTER (place = 1) / count(*) AS top_1, count(*) FILTER (place <= 3) / count(*) AS top_3
    FROM evaluate_place GROUP BY learner
)
SELECT e.learner,
       CASE WHEN e.missing THEN NULL ELSE coalesce(p.answers, 0) / a.tested END AS coverage_at_95,
       CASE WHEN e.missing THEN NULL ELSE a.routed / a.tested END AS coverage,
       CASE WHEN a.routed > 0 THEN a.agreeing / a.routed END AS precision,
       CASE WHEN NOT e.missing THEN t.top_1 END AS top_1, CASE WHEN NOT e.missing THEN t.top_3 END AS top_3,
       CASE WHEN NOT e.missing THEN a.routed - a.agreeing END AS false_routes,
       coalesce(a.tested, 0) AS tested, e.seconds, e.note
FROM evaluate_learner AS e
LEFT JOIN answered AS a USING (learner) LEFT JOIN at_95 AS p USING (learner) LEFT JOIN placed AS t USING (learner)
ORDER BY e.position
