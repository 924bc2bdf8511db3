-- Backtest, first: the mail of the last days, asked only about routes that differ between the two sets. What none of
-- these holds for goes on as it did, so it is not looked at again.
-- Reads:  variable since; backtest_clause (conditions of routes, each once; rank is its number, changed: it belongs to
--         a route that differs)
-- Gives:  deciding, deciding_recipient, deciding_body, deciding_route   for match.sql
SET VARIABLE first_id = (SELECT min(id) FROM message WHERE received_at >= getvariable('since'));

DROP TABLE IF EXISTS deciding;
-- Mail whose text retention has taken can't be tried any more; it counts as going on as it did.
CREATE OR REPLACE TEMP VIEW deciding AS
SELECT * FROM message
WHERE received_at >= getvariable('since') AND id NOT IN (SELECT message_id FROM removed WHERE what = 'body');
-- Ids rise with time, which spares reading the recipients of all that is stored; match.sql joins them with `deciding`.
CREATE OR REPLACE TEMP VIEW deciding_recipient AS SELECT * FROM recipient WHERE message_id >= getvariable('first_id');
CREATE OR REPLACE TEMP VIEW deciding_body AS SELECT * FROM message_body WHERE message_id >= getvariable('first_id');

CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM backtest_clause WHERE changed;
