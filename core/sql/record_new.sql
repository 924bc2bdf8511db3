-- The messages themselves, once they are decided: new ones are written with the status they were given.
INSERT INTO message
SELECT d.* EXCLUDE (decided_at, exempt_from_blocks)
       REPLACE (c.status AS status, c.cause AS cause, c.decided_at AS status_at, 1 AS version)
FROM deciding AS d JOIN concluded AS c ON c.message_id = d.id;

INSERT INTO message_body SELECT * FROM deciding_body;
INSERT INTO recipient SELECT * FROM deciding_recipient;
INSERT INTO attachment SELECT a.* FROM batch_attachment AS a SEMI JOIN deciding AS d ON d.id = a.message_id;

-- What was put aside until its sender writes again is back.
DELETE FROM snooze WHERE sender IN (SELECT from_address FROM deciding WHERE from_address <> '');
