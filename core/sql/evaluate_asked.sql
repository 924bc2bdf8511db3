-- The mail of a fold as messages to be decided, and what was recommended as the whole route set.
-- Reads:  asked, recommended.   Gives: deciding, deciding_recipient, deciding_body, deciding_route   for match.sql
CREATE OR REPLACE TEMP TABLE deciding AS SELECT * FROM message WHERE id IN (SELECT id FROM asked);
CREATE OR REPLACE TEMP TABLE asked_recipient AS SELECT * FROM recipient WHERE message_id IN (SELECT id FROM asked);
CREATE OR REPLACE TEMP VIEW deciding_recipient AS FROM asked_recipient;
CREATE OR REPLACE TEMP VIEW deciding_body AS SELECT * FROM message_body WHERE message_id IN (SELECT id FROM asked);
CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM recommended;
