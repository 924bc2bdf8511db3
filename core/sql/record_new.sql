-- The messages themselves, once they are decided: new ones are written with the status they were given.
INSERT INTO message
SELECT d.* EXCLUDE (decided_at, exempt_from_blocks)
       REPLACE (c.status AS status, c.cause AS cause, c.decided_at AS status_at, 1 AS version)
FROM deciding AS d JOIN concluded AS c ON c.message_id = d.id;

-- What was put aside until its sender writes again is back.
DELETE FROM snooze WHERE sender IN (SELECT from_address FROM deciding WHERE from_address <> '');
