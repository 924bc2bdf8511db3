-- Backtest, told by kind: how many messages and addresses end otherwise, and what people decided about them. In the row
-- without a kind: everything that the draft would catch. A message counts once, and as disagreement if any of it is.
-- Reads: backtest_change, wilson_lower.
WITH told AS (
    SELECT kind, message_id, count(*) AS addresses, bool_or(verdict = 'agree') AS agree, bool_or(verdict = 'disagree') AS disagree,
           bool_or(verdict = 'undecided') AS undecided
    FROM backtest_change GROUP BY GROUPING SETS ((kind, message_id), (message_id))
)
SELECT kind, count(*) AS messages, sum(addresses)::BIGINT AS addresses,
       count(*) FILTER (agree AND NOT disagree) AS agree, count(*) FILTER (disagree) AS disagree,
       count(*) FILTER (undecided AND NOT agree AND NOT disagree) AS undecided,
       wilson_lower(count(*) FILTER (agree AND NOT disagree), count(*) FILTER (agree OR disagree)) AS at_least
FROM told GROUP BY kind
