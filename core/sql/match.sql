-- Which route catches which address (DESIGN §2, steps 6 and 7; §4): the one place where conditions are tested.
-- Reads:  deciding, deciding_recipient, deciding_body   the messages asked about
--         deciding_route                                the ordered route set (columns of the view route_set)
-- Gives:  tried      a row for each route that names an address of a message, with the conditions that failed
--         holding    a row for each address and each route that would catch it, as in tried but without the misses
--         hit        a row for each address that a route catches: the first that does
-- They are views, so whoever asks only for hits does not pay for the rest.

-- The conditions, each on its own: true means that it failed. A condition that is not given can't fail.
CREATE OR REPLACE TEMP MACRO mailbox_failed(wanted, mailbox) AS coalesce(wanted <> mailbox, false);
CREATE OR REPLACE TEMP MACRO list_id_failed(wanted, list_id) AS coalesce(wanted <> list_id, false);
CREATE OR REPLACE TEMP MACRO has_attachment_failed(wanted, attachments) AS coalesce(wanted <> (attachments > 0), false);
CREATE OR REPLACE TEMP MACRO sender_failed(senders, from_address, from_domain) AS
    len(senders) > 0 AND NOT list_has_any(senders, [from_address, '*@' || from_domain]);

-- The first word alone before the list, because going through a list costs three times as much as looking for a word.
CREATE OR REPLACE TEMP MACRO words_failed(words, content) AS CASE
    WHEN len(words) = 0 OR contains(content, words[1]) THEN false
    WHEN len(words) = 1 THEN true
    ELSE NOT coalesce(list_bool_or([contains(content, word) FOR word IN words]), false) END;

-- A pattern from a table is compiled anew for each row (14 µs), one from a variable once. So all patterns in one come
-- first, and few rows are left. Where they can't be put together, that first look lets everything through.
SET VARIABLE any_pattern = (
    SELECT CASE WHEN try(regexp_matches('', patterns)) IS NOT NULL THEN patterns ELSE '' END
    FROM (SELECT string_agg('(?:' || subject_regex || ')', '|') AS patterns
          FROM (SELECT DISTINCT subject_regex FROM deciding_route)));
CREATE OR REPLACE TEMP MACRO subject_regex_failed(pattern, subject) AS CASE
    WHEN pattern IS NULL THEN false
    WHEN NOT regexp_matches(subject, getvariable('any_pattern')) THEN true
    ELSE NOT regexp_matches(subject, pattern) END;

CREATE OR REPLACE TEMP VIEW named_address AS
SELECT message_id, kind, address, domain, kind = 'delivered' AS delivered
FROM deciding_recipient
WHERE valid AND kind <> 'reply_to';

-- A route names an address exactly, by its domain, or (recipient = '*') by the message's sender or list.
CREATE OR REPLACE TEMP VIEW by_sender AS
WITH wanted AS (SELECT rank, unnest(sender) AS sender FROM deciding_route)
SELECT d.id AS message_id, w.rank FROM wanted AS w JOIN deciding AS d ON d.from_address = w.sender
UNION ALL
SELECT d.id, w.rank FROM wanted AS w JOIN deciding AS d ON '*@' || d.from_domain = w.sender
UNION ALL
SELECT d.id, r.rank FROM deciding_route AS r JOIN deciding AS d ON d.list_id = r.list_id WHERE len(r.sender) = 0;

CREATE OR REPLACE TEMP VIEW named AS
WITH catch_all AS (SELECT DISTINCT message_id, rank FROM by_sender JOIN deciding_route USING (rank) WHERE recipient = '*')
SELECT a.*, r.rank FROM named_address AS a JOIN deciding_route AS r ON r.recipient = a.address
WHERE NOT a.delivered OR r.match_delivered
UNION ALL
SELECT a.*, r.rank FROM named_address AS a JOIN deciding_route AS r ON r.recipient = '*@' || a.domain
WHERE NOT a.delivered OR r.match_delivered
UNION ALL
SELECT a.*, c.rank FROM named_address AS a JOIN catch_all AS c USING (message_id) JOIN deciding_route AS r USING (rank)
WHERE NOT a.delivered OR r.match_delivered;

CREATE OR REPLACE TEMP VIEW tested AS
SELECT
    n.message_id, n.kind, n.address, n.delivered, n.rank, r.id AS route_id, r.version AS route_version,
    r.position, r.recipient = '*' AS by_catch_all,
    mailbox_failed(r.mailbox, d.mailbox) AS mailbox_failed,
    sender_failed(r.sender, d.from_address, d.from_domain) AS sender_failed,
    words_failed(r.subject_contains, lower(d.subject)) AS subject_contains_failed,
    subject_regex_failed(r.subject_regex, d.subject) AS subject_regex_failed,
    words_failed(r.body_contains, coalesce(lower(b.text), '')) AS body_contains_failed,
    list_id_failed(r.list_id, d.list_id) AS list_id_failed,
    has_attachment_failed(r.has_attachment, d.attachments) AS has_attachment_failed
FROM named AS n
JOIN deciding_route AS r USING (rank)
JOIN deciding AS d ON d.id = n.message_id
LEFT JOIN deciding_body AS b ON b.message_id = CASE WHEN len(r.body_contains) > 0 THEN n.message_id END;

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

-- The same without misses, for a million messages at once. Most routes want a sender or a list, and looking that up
-- first leaves one pair of address and route in thirty. Bodies are read last, of what everything else holds for.
-- (`address` is NULL where the route says it: a narrow side makes the join with messages half as dear.)
CREATE OR REPLACE TEMP VIEW holding AS
WITH for_anybody AS (SELECT rank, recipient, match_delivered FROM deciding_route WHERE len(sender) = 0 AND list_id IS NULL),
for_somebody AS (SELECT rank, recipient, match_delivered FROM deciding_route),
pair AS (
    SELECT a.message_id, NULL AS address, a.delivered, r.rank
    FROM named_address AS a JOIN for_anybody AS r ON r.recipient = a.address
    WHERE NOT a.delivered OR r.match_delivered
    UNION ALL
    SELECT a.message_id, a.address, a.delivered, r.rank
    FROM named_address AS a JOIN for_anybody AS r ON r.recipient = '*@' || a.domain
    WHERE NOT a.delivered OR r.match_delivered
    UNION ALL
    SELECT a.message_id, a.address, a.delivered, s.rank
    FROM by_sender AS s JOIN for_somebody AS r USING (rank) JOIN named_address AS a USING (message_id)
    WHERE r.recipient IN (a.address, '*@' || a.domain, '*') AND (NOT a.delivered OR r.match_delivered)
),
mail_pair AS (
    SELECT p.message_id, p.address, p.delivered, p.rank, d.mailbox, d.subject, d.list_id, d.attachments
    FROM pair AS p JOIN deciding AS d ON d.id = p.message_id
),
-- What leaves one pair in twelve, without a list for each of them; the rest is tested in full.
quick AS (
    SELECT rank, mailbox, list_id, has_attachment, subject_regex IS NOT NULL AS by_pattern,
           CASE WHEN len(subject_contains) = 1 THEN subject_contains[1] ELSE '' END AS word
    FROM deciding_route
),
likely AS (
    SELECT p.message_id, p.address, p.delivered, p.rank, p.subject
    FROM mail_pair AS p LEFT JOIN quick AS q USING (rank)
    WHERE NOT mailbox_failed(q.mailbox, p.mailbox) AND NOT list_id_failed(q.list_id, p.list_id)
      AND NOT has_attachment_failed(q.has_attachment, p.attachments)
      AND (q.word = '' OR contains(lower(p.subject), q.word))
      AND CASE WHEN q.by_pattern THEN regexp_matches(p.subject, getvariable('any_pattern')) ELSE true END
),
held AS MATERIALIZED (
    SELECT p.message_id, coalesce(p.address, r.recipient) AS address, p.delivered, p.rank, r.body_contains
    FROM likely AS p LEFT JOIN deciding_route AS r USING (rank)
    WHERE NOT words_failed(r.subject_contains, lower(p.subject)) AND NOT subject_regex_failed(r.subject_regex, p.subject)
),
-- Asked for by IN, as a join may lay all bodies there are into memory, to look few messages up in them.
body AS MATERIALIZED (
    SELECT message_id, coalesce(lower(text), '') AS text FROM deciding_body
    WHERE message_id IN (SELECT message_id FROM held WHERE len(body_contains) > 0)
)
SELECT message_id, address, delivered, rank FROM held WHERE len(body_contains) = 0
UNION ALL
SELECT h.message_id, h.address, h.delivered, h.rank FROM held AS h JOIN body AS b USING (message_id)
WHERE len(h.body_contains) > 0 AND NOT words_failed(h.body_contains, b.text);

CREATE OR REPLACE TEMP VIEW hit AS
SELECT message_id, address, delivered, min(rank) AS rank FROM holding GROUP BY message_id, address, delivered;
