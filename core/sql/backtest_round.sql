-- Backtest, one round: answers whose questions are all settled. One that names a message of an item and came in by one of
-- its addresses is appended to it (DESIGN §2, step 5) and opens nothing of its own.
-- Reads: backtest_edge, backtest_taken, backtest_recipient, own_address.   Changes: settled, member, answered.
CREATE OR REPLACE TEMP TABLE ready AS
SELECT DISTINCT child AS message_id FROM backtest_edge WHERE child NOT IN (SELECT message_id FROM settled)
EXCEPT
SELECT child FROM backtest_edge WHERE parent NOT IN (SELECT message_id FROM settled);

CREATE OR REPLACE TEMP TABLE appended AS
SELECT DISTINCT m.side, r.message_id, m.opener, m.rank
FROM ready AS r JOIN backtest_edge AS e ON e.child = r.message_id
JOIN member AS m ON m.message_id = e.parent
JOIN own_address AS o ON o.side = m.side AND o.message_id = m.opener AND o.rank = m.rank
JOIN backtest_recipient AS n ON n.message_id = r.message_id AND n.address = o.address
WHERE n.valid AND n.kind IN ('to', 'cc', 'delivered') AND n.position > 0;

INSERT INTO answered SELECT * FROM appended;
INSERT INTO member SELECT side, message_id, opener, rank FROM appended;
INSERT INTO member
SELECT DISTINCT t.side, t.message_id, t.message_id, t.rank FROM backtest_taken AS t SEMI JOIN ready AS r ON r.message_id = t.message_id
WHERE t.opens AND (t.side, t.message_id) NOT IN (SELECT (side, message_id) FROM appended);
INSERT INTO settled SELECT message_id FROM ready;
