-- Why is this mail here? The order of DESIGN §2, one step after the other; the first that applies ends it.
-- Reads:  deciding            the messages to decide: columns of message, decided_at, exempt_from_blocks
--         deciding_recipient, deciding_body, deciding_route, and the views of match.sql over them
--         the store           blocks, mailboxes, known messages and their work items, the catalog
-- Gives:  concluded  a row a message: step, status, cause, evidence; the allow that spared it from a block, and which
--         appending  the open work items a message is appended to
--         opening    the work items to open: a row for each message and route that took an address of it
--         traced     each route tried for each address, up to the one that took it

-- Step 1, the same bytes again, never comes here: collecting records a further delivery of the stored message.

-- A recipient such as ap+T-000123@desk.example names the work item T-000123, at one of our domains only. A merged item
-- stands for the one it was merged into.
CREATE OR REPLACE TEMP TABLE plus_reference AS
WITH RECURSIVE named AS (
    SELECT r.message_id, w.id AS work_item_id, r.address AS evidence
    FROM deciding_recipient AS r
    JOIN work_item AS w ON w.reference = upper(regexp_extract(r.address, '^[^@+]+\+([tcTC]-[0-9]+)@', 1))
    WHERE r.valid AND r.kind IN ('to', 'cc', 'delivered') AND r.domain IN (SELECT domain FROM mailbox)
    UNION
    SELECT n.message_id, w.merged_into, n.evidence
    FROM named AS n JOIN work_item AS w ON w.id = n.work_item_id WHERE w.merged_into IS NOT NULL
)
SELECT message_id, work_item_id, evidence FROM named JOIN work_item ON id = work_item_id WHERE status = 'open';

-- Step 3: a blocked sender, by address, domain or list; in one mailbox or everywhere; until it expires. Whoever is let
-- through by such an entry is not blocked, by whichever block.
CREATE OR REPLACE TEMP TABLE unwelcome AS
WITH mark AS (
    SELECT id, mailbox, decided_at, 'address' AS kind, from_address AS value FROM deciding WHERE NOT exempt_from_blocks
    UNION ALL SELECT id, mailbox, decided_at, 'domain', from_domain FROM deciding WHERE NOT exempt_from_blocks
    UNION ALL SELECT id, mailbox, decided_at, 'list_id', list_id FROM deciding WHERE NOT exempt_from_blocks
)
SELECT m.id AS message_id, min(e.kind || ' ' || e.value) FILTER (e.effect = 'block') AS blocked_by,
       min(e.kind || ' ' || e.value) FILTER (e.effect = 'allow') AS spared_by
FROM mark AS m JOIN entry_in_force AS e ON e.kind = m.kind AND e.value = m.value
WHERE m.value <> '' AND (e.mailbox IS NULL OR e.mailbox = m.mailbox)
  AND (e.expires_at IS NULL OR e.expires_at > m.decided_at)
GROUP BY m.id HAVING blocked_by IS NOT NULL;

-- What steps 2 to 4 and the flood have ended, each by the first of them that applied.
CREATE OR REPLACE TEMP TABLE stopped AS
WITH
-- Step 2: what could not be read, or is over a limit.
beyond_limits AS (SELECT id AS message_id, verdict AS cause FROM deciding WHERE verdict <> 'parsed'),

blocked AS (SELECT message_id, blocked_by AS evidence FROM unwelcome WHERE spared_by IS NULL),

-- Step 4: our own address as sender would loop, unless a plus-reference says where it belongs.
from_ourselves AS (
    SELECT id AS message_id, from_address AS evidence FROM deciding
    WHERE from_address IN (SELECT address FROM mailbox) AND id NOT IN (SELECT message_id FROM plus_reference)
),

-- Before anything is opened or appended: the 21st automatic message of a sender to a mailbox within an hour. Only what
-- was collected before counts (ids rise with time), so it is the same however mail is cut into batches.
automatic_mail AS (SELECT id, mailbox, from_address, received_at, automatic FROM deciding WHERE automatic <> ''),
seen AS (
    SELECT id, mailbox, from_address, received_at FROM message ANTI JOIN deciding USING (id)
    WHERE automatic <> '' AND received_at >= getvariable('flood_since')
    UNION ALL SELECT id, mailbox, from_address, received_at FROM automatic_mail
),
flooding AS (
    SELECT d.id AS message_id, any_value(d.automatic) AS evidence
    FROM automatic_mail AS d JOIN seen AS s ON s.from_address = d.from_address AND s.mailbox = d.mailbox
    WHERE d.from_address <> ''
      AND s.received_at BETWEEN d.received_at - INTERVAL 1 HOUR AND d.received_at AND s.id <= d.id
    GROUP BY d.id HAVING count(*) > 20
)
SELECT message_id, arg_min(conclusion, place) AS conclusion
FROM (
    SELECT 2 AS place, message_id,
           {'step': 'limits', 'status': 'unprocessed', 'cause': cause, 'evidence': NULL::VARCHAR} AS conclusion
    FROM beyond_limits
    UNION ALL SELECT 3, message_id, {'step': 'block', 'status': 'deleted', 'cause': NULL, 'evidence': evidence} FROM blocked
    UNION ALL SELECT 4, message_id, {'step': 'own_address', 'status': 'unprocessed', 'cause': 'own_address', 'evidence': evidence}
    FROM from_ourselves
    UNION ALL SELECT 5, message_id, {'step': 'flood', 'status': 'unprocessed', 'cause': 'flood', 'evidence': evidence}
    FROM flooding
)
GROUP BY message_id;

-- Step 5: an answer to a known message of an open work item that came in by one of this message's addresses.
-- Never by subject alone. The same mail again in other bytes (a copy by way of another mailbox: same Message-ID,
-- sender, subject and date) belongs where the first copy went, so that one mail does not open its items twice.
-- A mail that came later in this very batch is not known yet, even if it was decided in an earlier round.
CREATE OR REPLACE TEMP TABLE named_message AS
WITH naming AS MATERIALIZED (
    SELECT id, ref, md5_number_lower(ref) AS key, false AS copy
    FROM (SELECT id, unnest(list_distinct(list_concat(in_reply_to, "references"))) AS ref FROM deciding)
    UNION ALL
    SELECT id, message_id, message_key, true FROM deciding WHERE message_id <> ''
),
-- The narrow column first, which spares reading the others of all that is stored.
alike AS MATERIALIZED (SELECT id FROM message WHERE message_key IN (SELECT key FROM naming)),
known AS MATERIALIZED (
    SELECT id, message_id, from_address, subject, sent_at FROM message WHERE id IN (SELECT id FROM alike)
)
SELECT n.id, k.id AS known_id, k.message_id AS evidence
FROM naming AS n JOIN known AS k ON k.message_id = n.ref JOIN deciding AS d ON d.id = n.id
WHERE (k.id < d.id OR k.id NOT IN (SELECT id FROM decided))
  AND (NOT n.copy
       OR k.id <> d.id AND k.from_address = d.from_address AND k.subject = d.subject AND k.sent_at = d.sent_at);

-- The same within the batch: what a mail answers, or is a copy of, that came before it.
CREATE OR REPLACE TEMP TABLE answering AS
SELECT c.id AS answer_id, p.id AS question_id, p.message_id AS evidence
FROM (SELECT id, unnest(list_concat(in_reply_to, "references")) AS ref FROM deciding) AS c
JOIN deciding AS p ON p.message_id = c.ref AND p.id < c.id
UNION
SELECT c.id, p.id, p.message_id
FROM deciding AS c JOIN deciding AS p USING (message_id, from_address, subject, sent_at)
WHERE message_id <> '' AND p.id < c.id;

-- The open work items that a mail may belong to: by what it names, and by what that one names in turn. (The messages
-- and addresses of a merged item went along to the one it was merged into.)
CREATE OR REPLACE TEMP TABLE reached AS
WITH RECURSIVE reach AS (
    SELECT n.id AS message_id, o.work_item_id, n.evidence
    FROM named_message AS n JOIN work_item_message AS o ON o.message_id = n.known_id
    UNION ALL
    SELECT message_id, work_item_id, evidence FROM plus_reference
),
open_item AS MATERIALIZED (
    SELECT id, reference FROM work_item WHERE status = 'open' AND id IN (SELECT work_item_id FROM reach)
),
-- Only addresses that the mail itself names count here: that it lies in the same mailbox (position 0) does not make it
-- an answer to everything in there. (The items' addresses come first: everybody writes to the same few addresses.)
item_address AS MATERIALIZED (
    SELECT work_item_id, address FROM work_item_address WHERE work_item_id IN (SELECT id FROM open_item)
),
came_in_by AS MATERIALIZED (
    SELECT DISTINCT r.message_id, a.work_item_id
    FROM item_address AS a JOIN deciding_recipient AS r ON r.address = a.address
    WHERE r.valid AND r.kind IN ('to', 'cc', 'delivered') AND r.position > 0
      AND r.message_id NOT IN (SELECT message_id FROM stopped)
),
belongs AS (
    SELECT n.message_id, n.work_item_id, n.evidence FROM reach AS n SEMI JOIN came_in_by USING (message_id, work_item_id)
    UNION
    SELECT message_id, work_item_id, evidence FROM plus_reference WHERE message_id NOT IN (SELECT message_id FROM stopped)
    UNION
    SELECT a.answer_id, b.work_item_id, a.evidence
    FROM belongs AS b JOIN answering AS a ON a.question_id = b.message_id
    JOIN came_in_by AS c ON c.message_id = a.answer_id AND c.work_item_id = b.work_item_id
)
SELECT b.message_id, b.work_item_id, i.reference, b.evidence FROM belongs AS b JOIN open_item AS i ON i.id = b.work_item_id;

CREATE OR REPLACE TEMP TABLE appending AS
SELECT message_id, work_item_id, reference, min(evidence) AS evidence FROM reached GROUP BY ALL;

-- Steps 6 and 7: what the routes say, for those that no step above has ended.
CREATE OR REPLACE TEMP TABLE trying AS
SELECT tried.*
FROM tried ANTI JOIN (SELECT message_id FROM stopped UNION ALL SELECT message_id FROM appending) AS ended USING (message_id);

-- Step 6 looks at each To and Cc address on its own; step 7 at the delivery addresses, only where step 6 caught
-- nothing, and takes at most one route.
CREATE OR REPLACE TEMP TABLE taken AS
WITH hit AS (
    SELECT message_id, address, delivered, max(kind) AS kind, min(rank) AS rank
    FROM trying WHERE len(failed) = 0 GROUP BY message_id, address, delivered
)
SELECT message_id, address, kind, delivered, rank FROM hit WHERE NOT delivered
UNION ALL
SELECT message_id, min_by(address, (rank, address)), 'delivered', true, min(rank) FROM hit
WHERE delivered AND message_id NOT IN (SELECT message_id FROM hit WHERE NOT delivered)
GROUP BY message_id;

-- A route whose target is gone opens nothing. Two addresses taken by one route open one item.
CREATE OR REPLACE TEMP TABLE opening AS
SELECT
    t.message_id, t.rank, any_value(r.name) AS route, any_value(r.target_kind) AS kind,
    any_value(r.target_customer) AS customer, any_value(r.target_contract) AS contract,
    any_value(r.target_service) AS service, list(DISTINCT t.address) AS addresses, bool_or(t.delivered) AS delivered
FROM taken AS t
JOIN deciding_route AS r USING (rank)
JOIN catalog AS c ON c.customer = r.target_customer AND c.contract = r.target_contract AND c.service = r.target_service
GROUP BY t.message_id, t.rank;

-- The trace goes as far as the route that took the address.
CREATE OR REPLACE TEMP TABLE traced AS
SELECT t.message_id, t.kind, t.address, t.route_id, t.route_version, t.position, t.by_catch_all, t.failed,
       CASE WHEN k.rank IS NULL OR k.rank <> t.rank THEN 'missed'
            WHEN o.rank IS NULL THEN 'target_missing' ELSE 'opened' END AS outcome
FROM trying AS t
LEFT JOIN taken AS k ON k.message_id = t.message_id AND k.address = t.address AND k.delivered = t.delivered
LEFT JOIN opening AS o ON o.message_id = t.message_id AND o.rank = t.rank
WHERE t.rank <= coalesce(k.rank, t.rank)
  AND (len(t.failed) > 0 OR k.rank IS NOT NULL)  -- step 7 takes one: another that would have held was not tried
  AND (NOT t.delivered OR t.message_id NOT IN (SELECT message_id FROM taken WHERE NOT delivered));

-- Step 8: what no route took waits, with the cause of DESIGN §3. A catch-all route ('*') is no address's own route,
-- so missing one is no_route.
CREATE OR REPLACE TEMP TABLE concluded AS
WITH addressed AS (
    SELECT message_id, count(*) FILTER (kind IN ('to', 'cc')) AS addresses,
           count(*) FILTER (kind IN ('to', 'cc') AND valid) AS valid_addresses
    FROM deciding_recipient GROUP BY message_id
),
tried_for AS (SELECT DISTINCT message_id FROM traced WHERE kind <> 'delivered' AND NOT by_catch_all),
taken_for AS (SELECT DISTINCT message_id FROM taken),
opened_by AS (SELECT message_id, bool_or(delivered) AS delivered, string_agg(route, ', ' ORDER BY rank) AS routes
              FROM opening GROUP BY message_id),
appended_to AS (SELECT message_id, min(evidence) || ' → ' || string_agg(reference, ', ' ORDER BY reference) AS evidence
                FROM appending GROUP BY message_id),
verdict AS (
    SELECT
        d.id AS message_id, d.decided_at,
        CASE WHEN s.message_id IS NOT NULL THEN s.conclusion
             WHEN p.message_id IS NOT NULL THEN ('reply', 'processed', NULL, p.evidence)
             WHEN o.message_id IS NOT NULL
                 THEN (CASE WHEN o.delivered THEN 'delivered' ELSE 'route' END, 'processed', NULL, o.routes)
             WHEN k.message_id IS NOT NULL THEN ('none', 'unprocessed', 'target_missing', NULL)
             WHEN coalesce(a.addresses, 0) = 0 THEN ('none', 'unprocessed', 'bcc_only', NULL)
             WHEN a.valid_addresses = 0 THEN ('none', 'unprocessed', 'no_valid_address', NULL)
             WHEN t.message_id IS NOT NULL THEN ('none', 'unprocessed', 'conditions_not_met', NULL)
             ELSE ('none', 'unprocessed', 'no_route', NULL)
        END::STRUCT(step VARCHAR, status VARCHAR, cause VARCHAR, evidence VARCHAR) AS conclusion
    FROM deciding AS d
    LEFT JOIN stopped AS s ON s.message_id = d.id
    LEFT JOIN appended_to AS p ON p.message_id = d.id
    LEFT JOIN opened_by AS o ON o.message_id = d.id
    LEFT JOIN taken_for AS k ON k.message_id = d.id
    LEFT JOIN addressed AS a ON a.message_id = d.id
    LEFT JOIN tried_for AS t ON t.message_id = d.id
)
SELECT uuidv7() AS decision_id, v.message_id, v.decided_at, unnest(v.conclusion), u.spared_by,
       CASE WHEN u.spared_by IS NOT NULL THEN u.blocked_by END AS spared_from
FROM verdict AS v LEFT JOIN unwelcome AS u ON u.message_id = v.message_id;
