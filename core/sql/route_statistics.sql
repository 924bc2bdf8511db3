-- What each route did with the mail of the last 90 days, and what would be missing without it. Mail in scope only.
-- Reads:  variables since_90, since_30, since_7 (UTC), mailboxes (in scope)
-- Gives:  deciding, deciding_recipient, deciding_body, deciding_route   for match.sql, which runs between this and
--         route_statistics_counted.sql; fired (what routes opened, by mail and address), last_fired
SET VARIABLE first_id = (SELECT min(id) FROM message WHERE received_at >= getvariable('since_90'));

-- Most mail lies in one mailbox, and the list of mailboxes, slow to read, is asked for the rest only.
CREATE OR REPLACE TEMP TABLE deciding AS
SELECT id, mailbox, from_address, from_domain, subject, list_id, attachments, received_at FROM message
WHERE received_at >= getvariable('since_90') AND list_contains(getvariable('mailboxes'), mailbox)
UNION ALL
SELECT id, mailbox, from_address, from_domain, subject, list_id, attachments, received_at FROM message
WHERE id >= getvariable('first_id') AND len(mailboxes) > 1 AND received_at >= getvariable('since_90')
  AND NOT list_contains(getvariable('mailboxes'), mailbox) AND list_has_any(mailboxes, getvariable('mailboxes'));

-- Ids rise with time, which spares reading what belongs to older mail.
CREATE OR REPLACE TEMP VIEW deciding_recipient AS SELECT * FROM recipient WHERE message_id >= getvariable('first_id');
CREATE OR REPLACE TEMP VIEW deciding_body AS SELECT * FROM message_body WHERE message_id >= getvariable('first_id');
CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set;

CREATE OR REPLACE TEMP TABLE fired AS
SELECT DISTINCT t.route_id, t.route_version, t.message_id, t.kind, t.address, t.decision_id, d.received_at
FROM decision_trace AS t JOIN deciding AS d ON d.id = t.message_id
WHERE t.outcome = 'opened' AND t.message_id >= getvariable('first_id');

-- The newest decision by its id, so that only one of each route is looked up; older mail is asked only about routes
-- that did nothing of late. (Step by step: as one statement it takes ten times as long.)
CREATE OR REPLACE TEMP TABLE quiet AS SELECT id FROM route_newest ANTI JOIN fired ON fired.route_id = id;

CREATE OR REPLACE TEMP TABLE fired_before AS
SELECT route_id, message_id, decision_id FROM decision_trace WHERE route_id IN (SELECT id FROM quiet) AND outcome = 'opened';

CREATE OR REPLACE TEMP TABLE newest_fired AS
SELECT route_id, max(decision_id) AS decision_id FROM fired GROUP BY route_id
UNION ALL
SELECT f.route_id, max(f.decision_id) FROM fired_before AS f JOIN message AS m ON m.id = f.message_id
WHERE list_has_any(m.mailboxes, getvariable('mailboxes')) GROUP BY f.route_id;

CREATE OR REPLACE TEMP TABLE last_fired AS
SELECT n.route_id, d.decided_at AS last_fired_at FROM newest_fired AS n JOIN decision AS d ON d.id = n.decision_id;
