-- Which route catches which address (DESIGN §2, steps 6 and 7; §4): the one place where conditions are tested.
-- Reads:  deciding, deciding_recipient, deciding_body   the messages asked about
--         deciding_route                                the ordered route set (columns of the view route_set)
-- Gives:  tried      a row for each route that names an address of a message, with the conditions that failed
-- It is a view, so whoever asks only for hits does not pay for the rest.

-- A route names an address exactly, by its domain, or (recipient = '*') by the message's sender or list.
CREATE OR REPLACE TEMP VIEW named AS
WITH address AS (
    SELECT message_id, kind, address, domain, kind = 'delivered' AS delivered
    FROM deciding_recipient
    WHERE valid AND kind IN ('to', 'cc', 'delivered')
),
catch_all AS (
    SELECT d.id AS message_id, s.rank
    FROM (SELECT rank, unnest(sender) AS sender FROM deciding_route WHERE recipient = '*') AS s
    JOIN deciding AS d ON d.from_address = s.sender
    UNION
    SELECT d.id, s.rank
    FROM (SELECT rank, unnest(sender) AS sender FROM deciding_route WHERE recipient = '*') AS s
    JOIN deciding AS d ON '*@' || d.from_domain = s.sender
    UNION
    SELECT d.id, r.rank
    FROM deciding_route AS r JOIN deciding AS d ON d.list_id = r.list_id
    WHERE r.recipient = '*' AND len(r.sender) = 0
)
SELECT a.*, r.rank FROM address AS a JOIN deciding_route AS r ON r.recipient = a.address
WHERE NOT a.delivered OR r.match_delivered
UNION ALL
SELECT a.*, r.rank FROM address AS a JOIN deciding_route AS r ON r.recipient = '*@' || a.domain
WHERE NOT a.delivered OR r.match_delivered
UNION ALL
SELECT a.*, c.rank FROM address AS a JOIN catch_all AS c USING (message_id) JOIN deciding_route AS r USING (rank)
WHERE NOT a.delivered OR r.match_delivered;

-- Each condition as a yes or no: true means that it failed. A condition that is not given can't fail.
CREATE OR REPLACE TEMP VIEW tested AS
SELECT
    n.message_id, n.kind, n.address, n.delivered, n.rank, r.id AS route_id, r.version AS route_version,
    r.position, r.recipient = '*' AS by_catch_all,
    coalesce(r.mailbox <> d.mailbox, false) AS mailbox_failed,
    len(r.sender) > 0 AND NOT list_has_any(r.sender, [d.from_address, '*@' || d.from_domain]) AS sender_failed,
    len(r.subject_contains) > 0
        AND NOT list_bool_or([contains(lower(d.subject), word) FOR word IN r.subject_contains])
        AS subject_contains_failed,
    CASE WHEN r.subject_regex IS NULL THEN false ELSE NOT regexp_matches(d.subject, r.subject_regex) END
        AS subject_regex_failed,
    CASE WHEN len(r.body_contains) = 0 THEN false
         ELSE NOT coalesce(list_bool_or([contains(lower(b.text), word) FOR word IN r.body_contains]), false) END
        AS body_contains_failed,
    coalesce(r.list_id <> d.list_id, false) AS list_id_failed,
    coalesce(r.has_attachment <> (d.attachments > 0), false) AS has_attachment_failed
FROM named AS n
JOIN deciding_route AS r USING (rank)
JOIN deciding AS d ON d.id = n.message_id
LEFT JOIN deciding_body AS b ON b.message_id = n.message_id AND len(r.body_contains) > 0;

-- What was tried, with the names of the conditions that failed; a hit is a row where none did.
CREATE OR REPLACE TEMP VIEW tried AS
SELECT
    message_id, max(kind) AS kind, address, delivered, rank, route_id, route_version, position, by_catch_all,
    list_filter([
        CASE WHEN mailbox_failed THEN 'mailbox' END,
        CASE WHEN sender_failed THEN 'sender' END,
        CASE WHEN subject_contains_failed THEN 'subject_contains' END,
        CASE WHEN subject_regex_failed THEN 'subject_regex' END,
        CASE WHEN body_contains_failed THEN 'body_contains' END,
        CASE WHEN list_id_failed THEN 'list_id' END,
        CASE WHEN has_attachment_failed THEN 'has_attachment' END
    ], lambda condition: condition IS NOT NULL) AS failed
FROM tested
GROUP BY ALL;
