-- Backtest, last: what would be otherwise, and what people did with it.
-- Reads:  backtest_node, backtest_taken, answered, backtest_side
-- Gives:  backtest_change   a row for each message and address that ends otherwise (one without address where an answer
--                           goes along with its question on one side only)
CREATE OR REPLACE TEMP TABLE outcome AS
SELECT t.side, t.message_id, t.address, t.delivered, s.rank, s.route, s.known_as, s.target
FROM backtest_taken AS t JOIN backtest_side AS s USING (side, rank)
WHERE t.opens AND t.message_id IN (SELECT message_id FROM backtest_node)
  AND (t.side, t.message_id) NOT IN (SELECT (side, message_id) FROM answered);

CREATE OR REPLACE TEMP TABLE ended AS
SELECT side, message_id, min(rank) AS rank, string_agg(DISTINCT route, ', ' ORDER BY route) AS route, any_value(target) AS target,
       false AS appended
FROM outcome GROUP BY side, message_id
UNION ALL
SELECT a.side, a.message_id, min(a.rank), string_agg(DISTINCT s.route, ', ' ORDER BY s.route), any_value(s.target), true
FROM answered AS a JOIN backtest_side AS s USING (side, rank) GROUP BY a.side, a.message_id;

CREATE OR REPLACE TEMP TABLE backtest_difference AS
WITH apart AS (  -- answers that go along with their question on one side only
    SELECT message_id FROM ended GROUP BY message_id
    HAVING count(*) FILTER (appended) = 1
),
before AS (SELECT * FROM outcome WHERE side = 'before' AND message_id NOT IN (SELECT message_id FROM apart)),
after AS (SELECT * FROM outcome WHERE side = 'after' AND message_id NOT IN (SELECT message_id FROM apart))
SELECT coalesce(a.message_id, b.message_id) AS message_id, coalesce(a.address, b.address) AS address,
       b.rank AS before_rank, b.route AS before_route, a.rank AS after_rank, a.route AS after_route, a.target,
       CASE WHEN b.rank IS NULL THEN 'newly_caught' WHEN a.rank IS NULL THEN 'released'
            WHEN a.known_as <> b.known_as THEN 'taken' ELSE 'retargeted' END AS kind
FROM before AS b FULL JOIN after AS a
  ON a.message_id = b.message_id AND a.address = b.address AND a.delivered = b.delivered
WHERE a.rank IS NULL OR b.rank IS NULL OR a.known_as <> b.known_as OR a.target <> b.target
UNION ALL
SELECT p.message_id, NULL, b.rank, b.route, a.rank, a.route, a.target, CASE WHEN a.appended THEN 'appended' ELSE 'parted' END
FROM apart AS p
LEFT JOIN ended AS b ON b.message_id = p.message_id AND b.side = 'before'
LEFT JOIN ended AS a ON a.message_id = p.message_id AND a.side = 'after';

-- By hand: deleted, or given to a work item that no route and no answer would have led to, or merged away.
CREATE OR REPLACE TEMP TABLE by_hand AS
WITH put AS MATERIALIZED (
    SELECT work_item_id, message_id, how FROM work_item_message
    WHERE message_id IN (SELECT message_id FROM backtest_difference)
),
item AS MATERIALIZED (SELECT * FROM work_item WHERE id IN (SELECT work_item_id FROM put) AND status IN ('open', 'closed')),
given AS (
    SELECT p.message_id, bool_or(p.how = 'merged') AS merged,
           list({'kind': i.kind, 'customer': i.customer, 'contract': i.contract, 'service': i.service}) AS targets,
           string_agg(DISTINCT concat_ws(' · ', i.reference, i.customer, i.contract, i.service), ', ') AS became
    FROM put AS p LEFT JOIN item AS i ON i.id = p.work_item_id GROUP BY p.message_id
)
SELECT m.id AS message_id, m.status, g.targets, g.became,
       m.status = 'deleted' OR m.status = 'processed' AND (n.step = 'none' OR coalesce(g.merged, false)) AS decided
FROM message AS m JOIN backtest_node AS n ON n.message_id = m.id LEFT JOIN given AS g ON g.message_id = m.id
WHERE m.id IN (SELECT message_id FROM backtest_difference);

CREATE OR REPLACE TEMP TABLE backtest_change AS
SELECT d.*, h.status, CASE WHEN h.decided THEN coalesce(h.became, '') ELSE '' END AS became,
       CASE WHEN d.kind IN ('released', 'parted') THEN ''
            WHEN NOT h.decided THEN 'undecided'
            WHEN h.status = 'processed' AND list_contains(h.targets, d.target) THEN 'agree'
            ELSE 'disagree' END AS verdict,
       CASE WHEN b.message_id IS NULL THEN 'unprocessed' ELSE 'processed' END AS status_before,
       CASE WHEN a.message_id IS NULL THEN 'unprocessed' ELSE 'processed' END AS status_after
FROM backtest_difference AS d
JOIN by_hand AS h USING (message_id)
LEFT JOIN ended AS b ON b.message_id = d.message_id AND b.side = 'before'
LEFT JOIN ended AS a ON a.message_id = d.message_id AND a.side = 'after';
