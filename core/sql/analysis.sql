-- What analysts work with: documented views that stay as they are when the tables change. Each is a macro that takes whose
-- mail may be seen (own: names of mailboxes) and the time it is (moment), and holds nothing else.
-- The comment before a view and those behind its columns are the data dictionary (docs/data_dictionary.md): every view and
-- every column has one. What begins with _ serves the others. Ids are texts, times are UTC, sizes are bytes.
-- `message` is always the id of a row in messages, `work_item` the reference of a row in work_items.

CREATE OR REPLACE TEMP MACRO _mail(own) AS TABLE
SELECT id FROM message WHERE list_has_any(message.mailboxes, own);

CREATE OR REPLACE TEMP MACRO _items(own) AS TABLE
SELECT id, reference FROM work_item
WHERE id IN (SELECT work_item_id FROM work_item_message WHERE message_id IN (SELECT id FROM _mail(own)));

CREATE OR REPLACE TEMP MACRO _foreign(own) AS TABLE
SELECT address FROM mailbox
WHERE address NOT IN (SELECT address FROM mailbox WHERE list_contains(own, mailbox.name));

-- What waits: mail that no route wanted and that nobody has decided yet, also what was put aside.
CREATE OR REPLACE TEMP MACRO queue(own, moment) AS TABLE
SELECT
    m.id::VARCHAR AS id,                 -- the message
    b.name AS mailbox,                   -- where it arrived first, of the mailboxes one sees
    b.address AS mailbox_address,        -- the address of that mailbox
    b.team AS team,                      -- whose mailbox it is
    m.from_address AS from_address,      -- the sender, lower case; empty where there is no valid address
    m.from_name AS from_name,            -- the sender's name as written
    m.from_domain AS from_domain,        -- the domain of from_address
    m.subject AS subject,                -- the subject, decoded
    m.received_at AS received_at,        -- when its server says it arrived
    m.received_at + to_minutes((b.target_hours * 60)::INTEGER) AS due_at,  -- by when it should be decided, by target_hours of the mailbox
    m.cause AS cause,                    -- why it waits: no_route, bcc_only, conditions_not_met, no_valid_address, own_address, target_missing, flood, too_large or unparsable
    m.status AS status,                  -- always unprocessed
    m.message_id AS message_id,          -- the Message-ID field, without angle brackets
    m.attachments AS attachments,        -- how many attachments it has
    m.automatic AS automatic,            -- the header that marks it as automatic mail; empty for mail by people
    k.person AS claimed_by,              -- who has taken it on; NULL: nobody
    z.message_id IS NOT NULL AS aside,   -- whether it was put aside
    z.until AS aside_until               -- until when; NULL: until the next mail of its sender, or not at all
FROM message AS m
LEFT JOIN claim AS k ON k.message_id = m.id AND k.until > moment
LEFT JOIN snooze AS z ON z.message_id = m.id AND (z.until IS NULL OR z.until > moment)
JOIN mailbox AS b ON b.name = coalesce(CASE WHEN list_contains(own, m.mailbox) THEN m.mailbox END,
                                       list_intersect(m.mailboxes, own)[1])
WHERE m.status = 'unprocessed';

-- Every message that was received, a row each, and where it stands now.
CREATE OR REPLACE TEMP MACRO messages(own, moment) AS TABLE
SELECT
    m.id::VARCHAR AS id,                 -- the message; ids are given in the order of arrival
    CASE WHEN list_contains(own, m.mailbox) THEN m.mailbox ELSE list_intersect(m.mailboxes, own)[1] END AS mailbox,  -- where it arrived first, of the mailboxes one sees
    list_intersect(m.mailboxes, own) AS mailboxes,  -- every mailbox it was delivered to, of those one sees
    m.message_id AS message_id,          -- the Message-ID field, without angle brackets; no key: it may stand twice, or be empty
    m.in_reply_to AS in_reply_to,        -- Message-IDs that it answers
    m."references" AS "references",      -- Message-IDs of its thread; quote this name in SQL
    m.from_address AS from_address,      -- the sender, lower case; empty where there is no valid address
    m.from_name AS from_name,            -- the sender's name as written
    m.from_domain AS from_domain,        -- the domain of from_address
    m.subject AS subject,                -- the subject, decoded
    m.list_id AS list_id,                -- the mailing list (RFC 2919); empty where there is none
    m.automatic AS automatic,            -- the header that marks it as automatic mail; empty for mail by people
    m.sent_at AS sent_at,                -- what its Date field says, which anybody may write
    m.received_at AS received_at,        -- when its server says it arrived
    m.collected_at AS collected_at,      -- when it was collected
    m.size AS size,                      -- bytes
    m.attachments AS attachments,        -- how many attachments it has
    m.defects AS defects,                -- what is wrong with it as a mail, as codes
    m.verdict AS verdict,                -- how reading it ended: parsed, unparsable or too_large
    m.status AS status,                  -- unprocessed, processed or deleted
    m.cause AS cause,                    -- why it waits or once waited, as in queue; NULL where it never did
    m.status_at AS status_at,            -- when its status last changed
    coalesce(g.parts, []) AS removed     -- what retention took of it: raw (its bytes), body (its text), row (all that its sender wrote)
FROM message AS m
LEFT JOIN (SELECT removed.message_id, list(what ORDER BY what) AS parts FROM removed GROUP BY removed.message_id) AS g
  ON g.message_id = m.id
WHERE list_has_any(m.mailboxes, own);

-- The addresses of each message, a row each address and kind.
CREATE OR REPLACE TEMP MACRO recipients(own, moment) AS TABLE
SELECT
    r.message_id::VARCHAR AS message,    -- the message
    r.kind AS kind,                      -- to, cc, delivered (where it was delivered to) or reply_to
    r.position AS position,              -- the order within the kind, from 1; 0: no header says so, it is the mailbox's own address
    r.address AS address,                -- the address, lower case; as it was written where it is not valid
    r.domain AS domain,                  -- its domain
    r.name AS name,                      -- the name beside it
    r.valid AS valid                     -- whether it is an address at all
FROM recipient AS r
WHERE r.message_id IN (SELECT id FROM _mail(own))
  AND (r.position > 0 OR r.address NOT IN (SELECT address FROM _foreign(own)));

-- The attachments of each message, without their content.
CREATE OR REPLACE TEMP MACRO attachments(own, moment) AS TABLE
SELECT
    a.message_id::VARCHAR AS message,    -- the message
    a.position AS position,              -- the order within the message, from 1
    a.name AS name,                      -- the file name as its sender wrote it
    a.content_type AS content_type,      -- the media type as its sender says, such as application/pdf
    a.size AS size,                      -- bytes, decoded
    a.sha256 AS sha256,                  -- SHA-256 of the content, hexadecimal: equal files have equal ones
    a.inline AS inline,                  -- whether it is shown within the text, as pictures in signatures are
    a.is_message AS is_message           -- whether it is a mail itself
FROM attachment AS a
WHERE a.message_id IN (SELECT id FROM _mail(own));

-- The text of each message. Only on request, and only for those who may read mail: not for analysts.
CREATE OR REPLACE TEMP MACRO bodies(own, moment) AS TABLE
SELECT
    t.message_id::VARCHAR AS message,    -- the message
    t.text AS text,                      -- its text, all of it, with what it quotes
    t.text_from_html AS text_from_html   -- whether there was no plain text, and this was made from the HTML
FROM message_body AS t
WHERE t.message_id IN (SELECT id FROM _mail(own));

-- Where messages lie: a row each place that a message was collected from. One that was sent to two mailboxes has two.
CREATE OR REPLACE TEMP MACRO deliveries(own, moment) AS TABLE
SELECT
    d.message_id::VARCHAR AS message,    -- the message
    d.mailbox AS mailbox,                -- the mailbox
    d.folder AS folder,                  -- the folder on its server
    d.uid_validity AS uid_validity,      -- UIDVALIDITY of the folder (RFC 9051); 0 for files
    d.uid AS uid,                        -- UID in the folder, or the name of the file
    d.outcome AS outcome,                -- stored (it was new), duplicate (its bytes were here) or too_large
    d.collected_at AS collected_at,      -- when it was collected
    d.run_id::VARCHAR AS run             -- the run that found it, of collection_runs
FROM delivery AS d
WHERE list_contains(own, d.mailbox);

-- What routing concluded for each message. Mail that was decided again has several; the newest counts.
CREATE OR REPLACE TEMP MACRO decisions(own, moment) AS TABLE
SELECT
    d.id::VARCHAR AS id,                 -- the decision
    d.message_id::VARCHAR AS message,    -- the message
    d.decided_at AS decided_at,          -- when it was decided
    d.step AS step,                      -- what decided it: limits, block, own_address, flood, reply, route, delivered or none
    d.status AS status,                  -- the status it got: unprocessed, processed or deleted
    d.cause AS cause,                    -- why it waits, as in queue; NULL where it does not
    d.evidence AS evidence,              -- the block, header, reference or route that decided it
    d.spared_by AS spared_by,            -- the allow that let it through; NULL: it needed none
    d.spared_from AS spared_from,        -- the block that would have deleted it
    d.id IN (SELECT decision_id FROM decision_newest) AS newest  -- whether it is the newest of its message
FROM decision AS d
WHERE d.message_id IN (SELECT id FROM _mail(own));

-- The trace of each decision: every route that was tried for an address, hit or miss.
CREATE OR REPLACE TEMP MACRO tried_routes(own, moment) AS TABLE
WITH hidden AS (
    SELECT h.message_id, h.address FROM recipient AS h
    WHERE h.position = 0 AND h.address IN (SELECT address FROM _foreign(own))
)
SELECT
    t.decision_id::VARCHAR AS decision,  -- the decision, of decisions
    t.message_id::VARCHAR AS message,    -- the message
    t.kind AS kind,                      -- what the address is to the message: to, cc or delivered
    t.address AS address,                -- the address it was tried for
    t.route_id::VARCHAR AS route,        -- the route, of routes
    t.route_version AS route_version,    -- the version of the route that was tried
    t.position AS position,              -- its place in the order of the routes then
    t.failed AS failed,                  -- the conditions that did not hold, as codes; empty: all held
    t.outcome AS outcome                 -- opened (it took the address), target_missing or missed
FROM decision_trace AS t
LEFT JOIN route AS r ON r.id = t.route_id AND r.version = t.route_version
WHERE t.message_id IN (SELECT id FROM _mail(own))
  AND (t.outcome <> 'missed' OR r.mailbox IS NULL OR list_contains(own, r.mailbox))
  AND NOT (t.kind = 'delivered' AND (t.message_id, t.address) IN (SELECT (message_id, address) FROM hidden));

-- Every version of every route, of one's mailboxes and of all. A version never changes, so decisions can name it.
CREATE OR REPLACE TEMP MACRO routes(own, moment) AS TABLE
SELECT
    r.id::VARCHAR AS id,                 -- the route; all its versions have this id
    r.version AS version,                -- from 1
    r.name AS name,                      -- what people call it
    r.position AS position,              -- first match wins, lowest position first
    r.active AS active,                  -- whether it is switched on
    r.removed AS removed,                -- whether it was taken out of the set
    r.shadow AS shadow,                  -- whether it only looks on and takes nothing
    (r.id, r.version) IN (SELECT (id, version) FROM route_set) AS in_force,  -- whether this version decides mail now
    r.mailbox AS mailbox,                -- the mailbox it looks at; NULL: all
    r.recipient AS recipient,            -- the recipient it wants: an address, *@domain or *
    r.sender AS sender,                  -- the senders it wants, addresses or *@domain; empty: any
    r.subject_contains AS subject_contains,  -- words the subject must have one of; empty: any subject
    r.subject_regex AS subject_regex,    -- a pattern (RE2) for the subject
    r.body_contains AS body_contains,    -- words the text must have one of; empty: any text
    r.list_id AS list_id,                -- the mailing list it wants
    r.has_attachment AS has_attachment,  -- whether there must be an attachment, or must not; NULL: either
    r.match_delivered AS match_delivered,  -- whether it may also catch by where the mail was delivered to
    r.target_kind AS target_kind,        -- what it opens: ticket or case
    r.target_customer AS customer,       -- for this customer
    r.target_contract AS contract,       -- under this contract
    r.target_service AS service,         -- for this service
    r.created_by AS created_by,          -- who made this version: a person's address, operator or configuration
    r.created_at AS created_at,          -- when it was made
    r.acknowledged_by AS acknowledged_by,  -- who stands for it; NULL: nobody yet
    r.acknowledged_at AS acknowledged_at   -- since when
FROM route AS r
WHERE r.mailbox IS NULL OR list_contains(own, r.mailbox);

-- Tickets and cases with a message in one's mailboxes.
CREATE OR REPLACE TEMP MACRO work_items(own, moment) AS TABLE
SELECT
    i.reference AS reference,            -- its name: T-000123 for a ticket, C-000123 for a case
    i.kind AS kind,                      -- ticket or case
    i.customer AS customer,              -- for whom
    i.contract AS contract,              -- under which contract
    i.service AS service,                -- for which service
    i.subject AS subject,                -- the subject of its first message
    i.status AS status,                  -- open, closed, merged or withdrawn (its opening was taken back)
    i.opened_at AS opened_at,            -- when it was opened
    i.opened_by AS opened_by,            -- who opened it: a person's address, or a route's name
    i.status_at AS status_at,            -- when its status last changed
    o.reference AS merged_into           -- the work item it was merged into; NULL: none
FROM work_item AS i
LEFT JOIN _items(own) AS o ON o.id = i.merged_into
WHERE i.id IN (SELECT id FROM _items(own));

-- Which message belongs to which work item; a message may belong to several.
CREATE OR REPLACE TEMP MACRO work_item_messages(own, moment) AS TABLE
SELECT
    i.reference AS work_item,            -- the work item
    o.message_id::VARCHAR AS message,    -- the message
    o.how AS how,                        -- how it came there: opened, appended (a reply), attached (by a person) or merged
    o.added_at AS added_at               -- when
FROM work_item_message AS o
JOIN work_item AS i ON i.id = o.work_item_id
WHERE o.message_id IN (SELECT id FROM _mail(own));

-- Everything that changed where a message or a work item stands; rows are only ever added.
CREATE OR REPLACE TEMP MACRO journal(own, moment) AS TABLE
SELECT
    j.id::VARCHAR AS id,                 -- the entry
    j.happened_at AS happened_at,        -- when it was done
    j.batch::VARCHAR AS batch,           -- what was done together has the same batch, and is undone together
    j.actor AS actor,                    -- who did it: a person's address, or the name of a route, block or rule
    j.actor_kind AS actor_kind,          -- person, route, block or rule
    j.action AS action,                  -- what was done: collect, create, append, attach, delete, restore, merge, close, reopen, undo, …
    j.message_id::VARCHAR AS message,    -- the message; NULL: it is about a work item only
    i.reference AS work_item,            -- the work item; NULL: it is about a message only
    j.status_before AS status_before,    -- the status before, of the message, else of the work item
    j.status_after AS status_after,      -- and after
    j.cause AS cause,                    -- why the message waits or waited, as in queue
    j.reason AS reason,                  -- what the person gave as the reason
    j.undoes::VARCHAR AS undoes          -- the batch that this one took back; NULL: none
FROM journal AS j
LEFT JOIN work_item AS i ON i.id = j.work_item_id
WHERE j.message_id IN (SELECT id FROM _mail(own))
   OR j.message_id IS NULL AND j.work_item_id IN (SELECT id FROM _items(own));

-- Whose mail is deleted on arrival (block), and whose is let through all the same (allow).
CREATE OR REPLACE TEMP MACRO blocks(own, moment) AS TABLE
SELECT
    b.id::VARCHAR AS id,                 -- the entry
    b.effect AS effect,                  -- block or allow; an allow beats every block
    b.kind AS kind,                      -- what it names: address, domain or list_id
    b.value AS value,                    -- the address, domain or mailing list, lower case
    b.mailbox AS mailbox,                -- where it holds; NULL: everywhere
    b.reason AS reason,                  -- why it was made
    b.created_by AS created_by,          -- who made it
    b.created_at AS created_at,          -- when it was made
    b.expires_at AS expires_at,          -- when it ends by itself; NULL: never
    b.lifted_by AS lifted_by,            -- who ended it; NULL: nobody did
    b.lifted_at AS lifted_at,            -- when it was ended
    CASE WHEN b.lifted_at IS NOT NULL THEN 'lifted' WHEN b.expires_at <= moment THEN 'expired' ELSE 'in_force' END AS state  -- in_force, expired or lifted
FROM block AS b
WHERE b.mailbox IS NULL OR list_contains(own, b.mailbox);

-- The shared mailboxes one sees, and how collecting them goes.
CREATE OR REPLACE TEMP MACRO mailboxes(own, moment) AS TABLE
SELECT
    b.name AS name,                      -- what other views call it
    b.address AS address,                -- its address
    b.team AS team,                      -- the team that works on it
    b.target_hours AS target_hours,      -- within how many hours mail should be decided
    s.last_run_at AS last_run_at,        -- when it was last looked into
    s.last_success_at AS last_success_at,  -- when that last went well
    s.last_new_at AS last_new_at,        -- when it last brought something new
    s.problem AS problem,                -- why it can't be read; NULL: it can
    s.problem_since AS problem_since     -- since when
FROM mailbox AS b
LEFT JOIN mailbox_state AS s ON s.mailbox = b.name
WHERE list_contains(own, b.name);

-- Each look into a mailbox that brought something or failed, with its counts: listed = stored + duplicate + too_large + failed.
CREATE OR REPLACE TEMP MACRO collection_runs(own, moment) AS TABLE
SELECT
    r.id::VARCHAR AS id,                 -- the run
    r.mailbox AS mailbox,                -- the mailbox
    r.started_at AS started_at,          -- when it began
    r.ended_at AS ended_at,              -- when it ended; NULL: it goes on, or was killed
    r.listed AS listed,                  -- messages on the server that were not known when it began
    r.stored AS stored,                  -- of those, new ones
    r.duplicate AS duplicate,            -- of those, stored before with the same bytes
    r.too_large AS too_large,            -- of those, kept by their header only
    r.failed AS failed,                  -- of those, asked for and not handed out
    r.problem AS problem                 -- what went wrong, in a sentence; NULL: nothing
FROM collection_run AS r
WHERE list_contains(own, r.mailbox);

-- What work items can be for: the customers, contracts and services of the desk, a row each service.
CREATE OR REPLACE TEMP MACRO services(own, moment) AS TABLE
SELECT
    c.customer AS customer,              -- the customer
    c.contract AS contract,              -- one of its contracts
    c.service AS service                 -- a service under it
FROM catalog AS c;
