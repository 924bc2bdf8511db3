-- Backtest, fourth: what each set takes and opens by steps 6 and 7 of DESIGN §2, as decide.sql does for one set.
-- Reads:  backtest_held, backtest_node, backtest_side (side, rank, clause, route and target)
-- Gives:  backtest_taken   (side, message_id, address, delivered, rank, opens: its target exists)
CREATE OR REPLACE TEMP TABLE backtest_taken AS
WITH first AS (
    SELECT s.side, h.message_id, h.address, h.delivered, min(s.rank) AS rank
    FROM backtest_held AS h JOIN backtest_side AS s ON s.clause = h.clause
    WHERE h.message_id IN (SELECT message_id FROM backtest_node)
    GROUP BY ALL
),
taken AS (
    SELECT side, message_id, address, false AS delivered, rank FROM first WHERE NOT delivered
    UNION ALL
    SELECT side, message_id, min_by(address, (rank, address)), true, min(rank) FROM first
    WHERE delivered AND (side, message_id) NOT IN (SELECT (side, message_id) FROM first WHERE NOT delivered)
    GROUP BY side, message_id
)
SELECT t.*, s.in_catalog AS opens FROM taken AS t JOIN backtest_side AS s USING (side, rank);
