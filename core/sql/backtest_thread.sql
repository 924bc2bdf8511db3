-- Backtest, fifth: the messages that end otherwise, and whatever answers them: an answer goes where its question went.
-- Reads:  backtest_taken, backtest_side, in_window, variable since
-- Gives:  backtest_edge   (child, parent) an answer or a further copy, and what it names
--         backtest_node   (message_id, step) the messages that end otherwise or may follow one, with the step of their
--                         newest decision
CREATE OR REPLACE TEMP TABLE differing AS
WITH opened AS (
    SELECT t.side, t.message_id, t.address, t.delivered, s.known_as, s.target
    FROM backtest_taken AS t JOIN backtest_side AS s USING (side, rank) WHERE t.opens
)
SELECT DISTINCT message_id AS id
FROM (SELECT message_id, address, delivered, known_as, target, count(*) AS sides FROM opened GROUP BY ALL HAVING sides = 1);

-- Only narrow keys here; that they do name one another is looked at for the few that are left.
CREATE OR REPLACE TEMP TABLE below AS
WITH RECURSIVE naming AS MATERIALIZED (
    SELECT id, own, md5_number_lower(ref) AS key
    FROM (SELECT id, message_key AS own, unnest(in_reply_to) AS ref FROM message
          WHERE received_at >= getvariable('since') AND len(in_reply_to) > 0 AND EXISTS (FROM differing)
          UNION ALL
          SELECT id, message_key, unnest("references") FROM message
          WHERE received_at >= getvariable('since') AND "references" <> in_reply_to AND EXISTS (FROM differing))
    WHERE id IN (SELECT id FROM in_window)
    UNION ALL
    SELECT id, message_key, message_key FROM in_window
    WHERE message_key IN (SELECT message_key FROM in_window WHERE EXISTS (FROM differing) GROUP BY message_key HAVING count(*) > 1)
),
below AS (
    SELECT d.id, w.message_key AS key, NULL::UUID AS parent FROM differing AS d JOIN in_window AS w USING (id)
    UNION
    SELECT n.id, n.own, b.id FROM below AS b JOIN naming AS n ON n.key = b.key AND n.id > b.id
)
SELECT id, parent FROM below;

CREATE OR REPLACE TEMP TABLE backtest_edge AS
WITH mail AS MATERIALIZED (
    SELECT id, message_id, from_address, subject, sent_at, list_concat(in_reply_to, "references") AS naming
    FROM message WHERE id IN (SELECT id FROM below)
)
SELECT DISTINCT b.id AS child, b.parent
FROM below AS b JOIN mail AS c ON c.id = b.id JOIN mail AS q ON q.id = b.parent
WHERE list_contains(c.naming, q.message_id)
   OR c.message_id = q.message_id AND c.message_id <> '' AND c.from_address = q.from_address AND c.subject = q.subject
      AND c.sent_at = q.sent_at;

-- An answer stays where it is, whatever routes say, if it went to an item of earlier mail or one that a person opened, or
-- if it carries the item's reference in an address.
CREATE OR REPLACE TEMP TABLE backtest_node AS
WITH about AS (SELECT id AS message_id FROM differing UNION SELECT child FROM backtest_edge),
known AS MATERIALIZED (
    SELECT message_id, max_by(step, (decided_at, id)) AS step FROM decision SEMI JOIN about USING (message_id) GROUP BY message_id
),
put AS MATERIALIZED (
    SELECT work_item_id, message_id, how FROM work_item_message WHERE message_id IN (SELECT message_id FROM known)
),
by_route AS (
    SELECT work_item_id FROM put JOIN known USING (message_id) WHERE how = 'opened' AND step IN ('route', 'delivered')
),
staying AS (
    SELECT message_id FROM put WHERE how = 'appended' AND work_item_id NOT IN (SELECT work_item_id FROM by_route)
    UNION ALL
    SELECT message_id FROM recipient
    WHERE message_id IN (SELECT message_id FROM known WHERE step = 'reply') AND regexp_matches(address, '^[^@+]+\+[tcTC]-[0-9]+@')
)
SELECT message_id, step FROM known
WHERE step IN ('route', 'delivered', 'none') OR step = 'reply' AND message_id NOT IN (SELECT message_id FROM staying);

DELETE FROM backtest_edge
WHERE child NOT IN (SELECT message_id FROM backtest_node) OR parent NOT IN (SELECT message_id FROM backtest_node);
