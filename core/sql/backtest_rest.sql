-- Backtest, third: the messages that may end otherwise, asked about the routes that both sets have.
-- Reads:    backtest_node, backtest_clause
-- Gives:    deciding, deciding_recipient, deciding_body, deciding_route   for match.sql, and backtest_recipient
-- Changes:  backtest_asked   whom these routes were asked about already
CREATE OR REPLACE TEMP TABLE deciding AS
SELECT id, mailbox, from_address, from_domain, subject, list_id, attachments FROM message
WHERE id IN (SELECT message_id FROM backtest_node) AND id NOT IN (SELECT message_id FROM backtest_asked);

INSERT INTO backtest_asked SELECT id FROM deciding;

CREATE OR REPLACE TEMP TABLE backtest_recipient AS
SELECT r.message_id, r.kind, r.position, r.address, r.domain, r.valid
FROM recipient AS r SEMI JOIN backtest_node USING (message_id);

CREATE OR REPLACE TEMP VIEW deciding_recipient AS
SELECT r.* FROM backtest_recipient AS r SEMI JOIN deciding AS d ON d.id = r.message_id;
CREATE OR REPLACE TEMP VIEW deciding_body AS
SELECT b.* FROM message_body AS b SEMI JOIN deciding AS d ON d.id = b.message_id;

CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM backtest_clause WHERE NOT changed;
