-- What of a batch is still to be decided.
-- Reads: batch, batch_recipient, batch_body, decided.   Gives: deciding, deciding_recipient, deciding_body.
CREATE OR REPLACE TEMP TABLE deciding AS SELECT batch.* FROM batch ANTI JOIN decided USING (id);

CREATE OR REPLACE TEMP VIEW deciding_recipient AS
SELECT r.* FROM batch_recipient AS r SEMI JOIN deciding AS d ON d.id = r.message_id;

CREATE OR REPLACE TEMP VIEW deciding_body AS
SELECT b.* FROM batch_body AS b SEMI JOIN deciding AS d ON d.id = b.message_id;

SET VARIABLE flood_since = (SELECT min(received_at) - INTERVAL 1 HOUR FROM deciding);
