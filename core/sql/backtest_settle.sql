-- Backtest, sixth: what questions open, before their answers are looked at round by round.
-- Reads:  backtest_taken, backtest_recipient, backtest_edge, backtest_node
-- Gives:  own_address   (side, message_id, rank, address) the addresses by which the items so opened came in
--         settled       the messages whose end is known;   member   the items they are in on each side, named by the
--                       message that opened it and its route;   answered   those that were appended
CREATE OR REPLACE TEMP TABLE own_address AS
WITH asked AS (SELECT parent AS message_id FROM backtest_edge UNION SELECT child FROM backtest_edge),
opening AS (SELECT * FROM backtest_taken WHERE opens AND message_id IN (SELECT message_id FROM asked))
SELECT side, message_id, rank, address FROM opening
UNION
SELECT o.side, o.message_id, o.rank, r.address
FROM opening AS o JOIN backtest_recipient AS r USING (message_id)
WHERE r.kind = 'delivered' AND r.valid
  AND (r.message_id, r.address) NOT IN (SELECT (message_id, address) FROM backtest_recipient WHERE kind IN ('to', 'cc'));

CREATE OR REPLACE TEMP TABLE settled AS
SELECT message_id FROM backtest_node WHERE message_id NOT IN (SELECT child FROM backtest_edge);

CREATE OR REPLACE TEMP TABLE member AS
SELECT DISTINCT side, message_id, message_id AS opener, rank FROM own_address
WHERE message_id IN (SELECT message_id FROM settled);

CREATE OR REPLACE TEMP TABLE answered (side VARCHAR, message_id UUID, opener UUID, rank BIGINT);
