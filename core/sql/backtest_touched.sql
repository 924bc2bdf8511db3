-- Backtest, second: which messages a change of routes may reach: those in scope that a differing route holds for, where
-- no step before the routes ended them.
-- Reads:  backtest_held (message_id, address, delivered, clause), variables since, mailboxes
-- Gives:  in_window   the mail that is looked at;   backtest_node (message_id)   those that may end otherwise
CREATE OR REPLACE TEMP TABLE in_window AS
SELECT id, message_key FROM message
WHERE received_at >= getvariable('since') AND mailbox IN (SELECT unnest(getvariable('mailboxes')));

CREATE OR REPLACE TEMP TABLE backtest_node AS
WITH held AS (SELECT DISTINCT message_id FROM backtest_held WHERE message_id IN (SELECT id FROM in_window)),
newest AS (SELECT message_id, max_by(step, (decided_at, id)) AS step FROM decision SEMI JOIN held USING (message_id) GROUP BY message_id)
SELECT message_id FROM newest WHERE step IN ('route', 'delivered', 'none');

CREATE OR REPLACE TEMP TABLE backtest_asked (message_id UUID);

DROP VIEW deciding;  -- from here on it is a table, as everywhere else
