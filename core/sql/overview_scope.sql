-- What every number of the overview is counted over: the mail in scope, and the viewer's days.
-- Variables: mailboxes (in scope and asked for), days (the dates shown, oldest first), starts (when each begins, UTC, and
--            when the last one ends), now (UTC).
-- Gives: mail_in_scope, shown_day, shown_quarter.

-- A mail that lies in several mailboxes counts once: where it arrived first, else in the first of those asked for. Most
-- lie in one, and the list of mailboxes, slow to read, is asked for the others only.
-- `cause` tells who decided: what never waited has none, and what has one left the queue by a person only.
CREATE OR REPLACE TEMP VIEW mail_in_scope AS
SELECT b.name AS mailbox, b.team, b.target_hours, m.* EXCLUDE (counts_for),
       CASE WHEN m.status = 'unprocessed' THEN 'waiting'
            WHEN m.cause IS NULL AND m.status = 'processed' THEN 'routed'
            WHEN m.cause IS NULL THEN 'blocked'
            WHEN m.status = 'processed' THEN 'by_hand'
            ELSE 'deleted' END AS outcome
FROM (
    SELECT mailbox AS counts_for, id, from_address, from_name, received_at, status, status_at, cause FROM message
    WHERE list_contains(getvariable('mailboxes'), mailbox)
    UNION ALL
    SELECT list_intersect(mailboxes, getvariable('mailboxes'))[1],
           id, from_address, from_name, received_at, status, status_at, cause FROM message
    WHERE len(mailboxes) > 1 AND NOT list_contains(getvariable('mailboxes'), mailbox)
) AS m
JOIN mailbox AS b ON b.name = m.counts_for;

CREATE OR REPLACE TEMP TABLE shown_day AS
SELECT unnest(getvariable('days')) AS day, unnest(range(1, len(getvariable('days')) + 1)) AS number;

-- Zones differ from UTC by quarters of an hour, so a quarter lies in one day; asking a calendar row by row is slow.
CREATE OR REPLACE TEMP TABLE shown_quarter AS
SELECT day, number,
       unnest(range((epoch(getvariable('starts')[number]) // 900)::BIGINT,
                    (epoch(getvariable('starts')[number + 1]) // 900)::BIGINT)) AS quarter
FROM shown_day;

-- The quarter of an hour a moment lies in; what a sender's clock dates after now came today.
CREATE OR REPLACE TEMP MACRO quarter_of(moment) AS epoch_us(least(moment, getvariable('now'))) // 900000000;
