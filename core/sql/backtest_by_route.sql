-- Backtest, told by route: what it gains and loses, and what people decided about what it gains.
-- Reads: backtest_change, backtest_side, wilson_lower.
WITH gain AS (
    SELECT after_rank AS rank, message_id, list(DISTINCT kind) AS kinds, bool_or(verdict = 'agree') AS agree,
           bool_or(verdict = 'disagree') AS disagree, bool_or(verdict = 'undecided') AS undecided
    FROM backtest_change WHERE kind IN ('newly_caught', 'taken', 'retargeted', 'appended') GROUP BY ALL
),
gained AS (
    SELECT s.route, min(s.rank) AS place, count(*) FILTER (list_contains(kinds, 'newly_caught')) AS newly_caught,
           count(*) FILTER (list_contains(kinds, 'taken')) AS taken,
           count(*) FILTER (list_contains(kinds, 'retargeted')) AS retargeted,
           count(*) FILTER (list_contains(kinds, 'appended')) AS appended,
           count(*) FILTER (agree AND NOT disagree) AS agree, count(*) FILTER (disagree) AS disagree,
           count(*) FILTER (undecided AND NOT agree AND NOT disagree) AS undecided
    FROM gain JOIN backtest_side AS s ON s.side = 'after' AND s.rank = gain.rank GROUP BY s.route
),
lost AS (
    SELECT s.route, min(s.rank) AS place, count(DISTINCT message_id) FILTER (kind = 'released') AS released,
           count(DISTINCT message_id) FILTER (kind = 'parted') AS parted, count(DISTINCT message_id) FILTER (kind = 'taken') AS lost
    FROM backtest_change JOIN backtest_side AS s ON s.side = 'before' AND s.rank = before_rank
    WHERE kind IN ('released', 'parted', 'taken') GROUP BY s.route
)
SELECT route, coalesce(newly_caught, 0) AS newly_caught, coalesce(taken, 0) AS taken, coalesce(retargeted, 0) AS retargeted,
       coalesce(appended, 0) AS appended, coalesce(released, 0) AS released, coalesce(parted, 0) AS parted,
       coalesce(lost, 0) AS lost, coalesce(agree, 0) AS agree, coalesce(disagree, 0) AS disagree,
       coalesce(undecided, 0) AS undecided, wilson_lower(agree, agree + disagree) AS at_least
FROM gained AS g FULL JOIN lost AS l USING (route)
ORDER BY g.place IS NULL, g.place, l.place
