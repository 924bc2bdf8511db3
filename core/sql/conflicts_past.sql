-- What match.sql reads beside the messages: the recipients and bodies of the mail that the table deciding holds.
-- It gives these names in place of those that a decision works with.
CREATE OR REPLACE TEMP VIEW deciding_recipient AS
SELECT r.* FROM recipient AS r SEMI JOIN deciding AS d ON d.id = r.message_id;

CREATE OR REPLACE TEMP VIEW deciding_body AS
SELECT b.* FROM message_body AS b SEMI JOIN deciding AS d ON d.id = b.message_id;
