-- The tables of a desk. One SQL for a DuckDB file and for DuckLake: no keys, no sequences, no indexes;
-- identity comes from content hashes and anti-joins, and every change of a status checks a version (DESIGN §5).
-- Ids are UUIDv7, so rows that arrive together lie together. Times are UTC.

-- Mail ------------------------------------------------------------------------------------------------------------

-- Each message as it was received; committed, with its bytes, before anything looks into them.
CREATE TABLE message_raw (
    message_id   UUID,       -- the message these bytes are, or will become
    sha256_head  UBIGINT,    -- the first 64 bits of sha256: a narrow column to look duplicates up in
    sha256       VARCHAR,    -- SHA-256 of the bytes, hexadecimal
    size         BIGINT,     -- bytes on the server
    complete     BOOLEAN,    -- false: over the size limit, only the header was fetched
    received_at  TIMESTAMP,  -- when the server says it arrived; NULL where it does not say
    mailbox      VARCHAR,    -- the mailbox it arrived in first
    collected_at TIMESTAMP
);

-- The bytes; the header only where complete is false. In parts of 256 bytes: DuckDB counts rows, not bytes. It works on
-- 2,048 of them at a time and now and then writes up to 122,880 anew, in one go, with the file held: that is 30 MB so,
-- and were 25 MB of mail a row, it would be all the mail there is. (Large rows cost more as well, not less.)
CREATE TABLE raw_part (
    message_id UUID,
    part       INTEGER,      -- from 1
    content    BLOB
);

-- Where messages lie: several deliveries may point at one message.
CREATE TABLE delivery (
    message_id   UUID,
    mailbox      VARCHAR,
    folder       VARCHAR,    -- folder on the server, INBOX for most
    uid_validity BIGINT,     -- RFC 9051 UIDVALIDITY; 0 for files
    uid          VARCHAR,    -- RFC 9051 UID, or the file's name
    outcome      VARCHAR,    -- stored, duplicate or too_large
    collected_at TIMESTAMP,
    run_id       UUID        -- the collection_run that found it
);

-- One received mail and where it stands.
CREATE TABLE message (
    id             UUID,
    mailbox        VARCHAR,    -- where it arrived first; routes look at this one
    mailboxes      VARCHAR[],  -- every mailbox it was delivered to; who may see it follows from this
    message_id     VARCHAR,    -- Message-ID without its angle brackets
    message_key    UBIGINT,    -- hash of message_id: a narrow column to look threads up in
    in_reply_to    VARCHAR[],
    "references"   VARCHAR[],
    from_address   VARCHAR,    -- lower case; empty where there is no valid one
    from_name      VARCHAR,
    from_domain    VARCHAR,
    subject        VARCHAR,
    preview        VARCHAR,    -- how the text begins
    list_id        VARCHAR,    -- RFC 2919; empty where there is none
    automatic      VARCHAR,    -- the header that marks it as automatic mail; empty for mail by people
    sent_at        TIMESTAMP,  -- the Date field
    received_at    TIMESTAMP,
    collected_at   TIMESTAMP,
    size           BIGINT,     -- bytes
    attachments    INTEGER,    -- how many
    defects        VARCHAR[],  -- what was wrong with it, stable codes
    verdict        VARCHAR,    -- parsed, unparsable or too_large
    parser_version INTEGER,
    status         VARCHAR,    -- unprocessed, processed or deleted
    cause          VARCHAR,    -- why it is (or was) unprocessed, DESIGN §3; NULL where it never was
    status_at      TIMESTAMP,  -- when the status last changed
    version        INTEGER     -- one more with every change; who changes it must name the version they saw
);

-- Text and HTML, apart from message so that lists stay narrow.
CREATE TABLE message_body (
    message_id     UUID,
    text           VARCHAR,
    html           VARCHAR,
    text_from_html BOOLEAN     -- there was no plain text: text was made from the HTML
);

-- The words of what waits, lower case: subject, sender, text, file names. Only unprocessed messages are here.
CREATE TABLE waiting_words (
    message_id UUID,
    words      VARCHAR,   -- subject, sender, recipients and file names
    body       VARCHAR    -- the text; apart, because analysts do not search bodies
);

CREATE TABLE recipient (
    message_id UUID,
    kind       VARCHAR,  -- to, cc, delivered or reply_to
    position   INTEGER,  -- order within the kind, from 1; 0: no header says so, it is the mailbox's own address
    address    VARCHAR,  -- lower case if valid, else as it was written
    domain     VARCHAR,
    name       VARCHAR,
    valid      BOOLEAN
);

CREATE TABLE attachment (
    message_id   UUID,
    position     INTEGER,
    part         VARCHAR,  -- where in the MIME tree, such as 2.1; content is cut from the raw bytes there
    name         VARCHAR,
    content_type VARCHAR,
    size         BIGINT,   -- bytes, decoded
    sha256       VARCHAR,
    content_id   VARCHAR,
    inline       BOOLEAN,
    is_message   BOOLEAN   -- a nested message
);

-- What a person assumed about a mail that says it wrongly or not at all. Its bytes stay as they are; it is parsed with
-- this until it is taken back.
CREATE TABLE repair (
    message_id   UUID,
    charset      VARCHAR,    -- taken instead of those declared; empty: as declared
    sender       VARCHAR,    -- taken for From, lower case; empty: as written
    reason       VARCHAR,
    repaired_by  VARCHAR,
    repaired_at  TIMESTAMP,
    batch        UUID,       -- of the journal
    withdrawn_by VARCHAR,
    withdrawn_at TIMESTAMP
);

-- Deciding --------------------------------------------------------------------------------------------------------

-- Every version of every route; versions are never changed. The set in force is the view route_set.
CREATE TABLE route (
    id               UUID,
    version          INTEGER,
    name             VARCHAR,
    position         INTEGER,    -- first match wins, lowest position first
    active           BOOLEAN,
    removed          BOOLEAN,    -- taken out of the set; kept for the decisions that name it
    mailbox          VARCHAR,    -- NULL: any
    recipient        VARCHAR,    -- exact address, *@domain or *
    sender           VARCHAR[],  -- addresses or *@domain; empty: any
    subject_contains VARCHAR[],  -- any of, lower case; empty: any
    subject_regex    VARCHAR,    -- RE2
    body_contains    VARCHAR[],  -- any of, lower case; empty: any
    list_id          VARCHAR,
    has_attachment   BOOLEAN,
    match_delivered  BOOLEAN,    -- may also catch by the delivery address
    shadow           BOOLEAN,    -- looked at beside the others, but it takes nothing; see shadow_hit
    target_kind      VARCHAR,    -- ticket or case
    target_customer  VARCHAR,
    target_contract  VARCHAR,
    target_service   VARCHAR,
    created_by       VARCHAR,
    needs_approval   BOOLEAN,    -- stands aside until it is acknowledged; till then the version before it counts
    acknowledged_by  VARCHAR,    -- NULL: nobody has yet; with acknowledged_at the only thing a version is given later
    acknowledged_at  TIMESTAMP,
    created_at       TIMESTAMP
);

-- What routes in shadow would have taken, had they been in force when the message was decided.
CREATE TABLE shadow_hit (
    message_id UUID,
    route_id   UUID,
    version    INTEGER,
    address    VARCHAR,
    taken_from UUID,       -- the route that took this address instead; NULL: none did
    decided_at TIMESTAMP
);

-- Mail that a route must catch, or must not: every change of the route set is tried on it first.
CREATE TABLE route_example (
    route_id   UUID,
    message_id UUID,
    must_catch BOOLEAN,
    pinned_by  VARCHAR,
    pinned_at  TIMESTAMP,
    note       VARCHAR
);

-- Conflicts of routes that somebody said are intended; counts only while neither route has a newer version.
CREATE TABLE route_acknowledgement (
    kind            VARCHAR,  -- of the finding, core/conflicts
    route_id        UUID,
    route_version   INTEGER,
    other_id        UUID,     -- the route it meets; NULL: it is about one route alone
    other_version   INTEGER,
    acknowledged_by VARCHAR,
    acknowledged_at TIMESTAMP
);

-- What people said to recommended routes: what was refused says nothing again until its evidence changes.
CREATE TABLE recommendation_answer (
    id               UUID,
    answer           VARCHAR,    -- refused, snoozed or accepted
    deed             VARCHAR,    -- route or block
    mailbox          VARCHAR,    -- NULL: any
    recipient        VARCHAR,    -- the conditions, as those of a route
    sender           VARCHAR[],
    subject_contains VARCHAR[],
    subject_regex    VARCHAR,
    list_id          VARCHAR,
    match_delivered  BOOLEAN,
    told             VARCHAR,    -- the recommendation in words, as it was answered
    reason           VARCHAR,
    answered_by      VARCHAR,
    answered_at      TIMESTAMP,
    until            TIMESTAMP,  -- snoozed: till then
    route_id         UUID,       -- accepted: the route that was made of it
    withdrawn_by     VARCHAR,
    withdrawn_at     TIMESTAMP
);

-- Whose mail is deleted on arrival, and whose is let through all the same: an allow beats any block.
CREATE TABLE block (
    id         UUID,
    kind       VARCHAR,    -- address, domain or list_id
    value      VARCHAR,    -- lower case
    mailbox    VARCHAR,    -- NULL: everywhere
    reason     VARCHAR,
    created_by VARCHAR,
    created_at TIMESTAMP,
    expires_at TIMESTAMP,  -- NULL: never
    lifted_by  VARCHAR,
    lifted_at  TIMESTAMP,
    effect     VARCHAR,    -- block or allow
    owner      VARCHAR,    -- who is asked about it: a person's address
    changed_by VARCHAR,    -- who last changed owner or expiry; NULL: nobody did
    changed_at TIMESTAMP
);

-- What routing concluded for a message. The newest counts; older ones stay for the record.
CREATE TABLE decision (
    id         UUID,
    message_id UUID,
    decided_at TIMESTAMP,
    step       VARCHAR,  -- where the order of DESIGN §2 ended: limits, block, own_address, flood, reply, route, delivered or none
    status     VARCHAR,
    cause      VARCHAR,
    evidence   VARCHAR,  -- the block, header, reference or route that decided it, in words
    spared_by   VARCHAR, -- the allow that let it through, such as `address boss@acme.example`; NULL: it needed none
    spared_from VARCHAR  -- the block that would have deleted it
);

-- The trace: each route tried for each address, hit or miss, in order.
CREATE TABLE decision_trace (
    decision_id   UUID,
    message_id    UUID,
    kind          VARCHAR,    -- to, cc or delivered
    address       VARCHAR,
    route_id      UUID,
    route_version INTEGER,
    position      INTEGER,
    failed        VARCHAR[],  -- the conditions that did not hold; empty: all held
    outcome       VARCHAR     -- opened, target_missing, missed
);

-- Acting ----------------------------------------------------------------------------------------------------------

CREATE TABLE work_item (
    id          UUID,
    kind        VARCHAR,   -- ticket or case
    number      BIGINT,
    reference   VARCHAR,   -- T-000123 or C-000123
    customer    VARCHAR,
    contract    VARCHAR,
    service     VARCHAR,
    subject     VARCHAR,   -- of its first message
    status      VARCHAR,   -- open, closed, merged or withdrawn
    opened_at   TIMESTAMP,
    opened_by   VARCHAR,
    status_at   TIMESTAMP,
    merged_into UUID,
    version     INTEGER
);

CREATE TABLE work_item_message (
    work_item_id UUID,
    message_id   UUID,
    how          VARCHAR,   -- opened, appended, attached or merged
    added_at     TIMESTAMP,
    batch        UUID
);

-- The addresses a work item came in by: only a reply to one of them is appended.
CREATE TABLE work_item_address (
    work_item_id UUID,
    address      VARCHAR,
    batch        UUID       -- the merge that brought it; NULL: it came in by this one itself
);

-- Append-only: everything that changed a status.
CREATE TABLE journal (
    id            UUID,
    happened_at   TIMESTAMP,
    batch         UUID,      -- what was done together is undone together
    actor         VARCHAR,   -- a person's address, or the name of a route, block or rule
    actor_kind    VARCHAR,   -- person, route, block or rule
    action        VARCHAR,   -- collect, create, append, attach, delete, restore, merge, close, reopen, undo, reparse, repair, …
    message_id    UUID,      -- NULL: about a work item only
    version_after INTEGER,   -- of the message; undo leaves alone what has gone further since
    work_item_id  UUID,
    status_before VARCHAR,
    status_after  VARCHAR,
    cause         VARCHAR,
    reason        VARCHAR,
    undoes        UUID       -- the batch this one undid
);

-- Collecting ------------------------------------------------------------------------------------------------------

CREATE TABLE collection_run (
    id         UUID,
    mailbox    VARCHAR,
    started_at TIMESTAMP,
    ended_at   TIMESTAMP,  -- NULL: it goes on, or was killed; then only `listed` counts, and delivery says what it took
    listed     BIGINT,     -- on the server and not yet known when the run began
    stored     BIGINT,
    duplicate  BIGINT,
    too_large  BIGINT,
    failed     BIGINT,
    problem    VARCHAR     -- one sentence, NULL if it went well
);

-- Each time it was begun to parse a message that may harm its parser, written down before it was begun: what takes the
-- whole collector with it has left its trace too (core/trying.py). What is decided has nothing here.
CREATE TABLE parse_try (
    message_id UUID,
    number     INTEGER,    -- 0: in company of others; from 1: alone
    begun_at   TIMESTAMP,
    problem    VARCHAR     -- the defect that ended it; NULL: nobody saw the end
);

CREATE TABLE mailbox_state (
    mailbox                VARCHAR,
    last_run_at            TIMESTAMP,
    last_success_at        TIMESTAMP,
    last_new_at            TIMESTAMP,  -- when it last brought something new
    problem                VARCHAR,
    problem_since          TIMESTAMP,
    certificate_expires_at TIMESTAMP,  -- of the server, as last seen; NULL: it has none
    token_expires_at       TIMESTAMP,  -- of what the mailbox is opened with
    token_since            TIMESTAMP   -- since when that is its end: one that is renewed by itself has a new one each hour
);

-- Messages by name that the server lists and that are not here: asked for and not handed out, or, while tries is 0,
-- found by a comparison and not asked for yet. They stand here until they come or are listed no more.
CREATE TABLE residue (
    mailbox       VARCHAR,
    folder        VARCHAR,
    uid_validity  BIGINT,
    uid           VARCHAR,
    first_seen_at TIMESTAMP,
    last_tried_at TIMESTAMP,  -- NULL while tries is 0
    tries         BIGINT,     -- by runs that asked for everything they wanted
    run_id        UUID        -- the last of them
);

-- Everything the server lists against what is stored, once a day.
CREATE TABLE comparison (
    mailbox      VARCHAR,
    folder       VARCHAR,
    uid_validity BIGINT,
    day          DATE,       -- UTC
    compared_at  TIMESTAMP,
    on_server    BIGINT,     -- messages it listed
    missing      BIGINT,     -- of those, not stored when that run was over; by name in residue
    gone         BIGINT      -- stored from there, listed no more: somebody moved or deleted them, or we did afterwards
);

-- Who was told of which trouble of a mailbox, so that nobody is told twice, and is told of its end.
CREATE TABLE told_trouble (
    mailbox   VARCHAR,
    code      VARCHAR,    -- of the trouble, core/health
    recipient VARCHAR,    -- address or URL
    began_at  TIMESTAMP,  -- the episode, or the day
    told_at   TIMESTAMP,
    ended_at  TIMESTAMP   -- when its end was noticed; stays NULL for what is told by the day
);

-- What is done on the server to mail once it is collected and decided: a row each delivery and effect, until it is done
-- and was seen to be. Pending rows whose effect is no longer in the configuration are taken out.
CREATE TABLE server_effect (
    message_id          UUID,
    mailbox             VARCHAR,    -- with folder, uid_validity and uid: the delivery
    folder              VARCHAR,
    uid_validity        BIGINT,
    uid                 VARCHAR,
    kind                VARCHAR,    -- flag, move or delete
    detail              VARCHAR,    -- the flag, or the folder it is moved to; empty for delete
    planned_at          TIMESTAMP,
    due_at              TIMESTAMP,  -- planned_at and the days of the configuration
    tries               INTEGER,
    next_try_at         TIMESTAMP,
    turn                UUID,       -- whose try it is: nobody else writes down what came of it
    target_uid_validity BIGINT,     -- of the folder it is moved to, noted before the first try …
    target_uid_next     BIGINT,     -- … so that a copy made by a try that was cut short has this uid or a later one
    target_uid          BIGINT,     -- where it lies there
    outcome             VARCHAR,    -- flagged, moved, deleted, marked, gone, renumbered or kept; NULL: pending
    done_at             TIMESTAMP,
    evidence            VARCHAR,    -- what the server was seen to say
    problem             VARCHAR     -- of the last try, one sentence
);

-- Retention -------------------------------------------------------------------------------------------------------

-- What was taken out of messages when their time was over. A message's own row stays as a stub without anything its sender
-- wrote, and message_raw keeps the hash: who may see it, counts and work items stay right, and the same bytes that come
-- again are known.
CREATE TABLE removed (
    message_id UUID,
    what       VARCHAR,    -- raw (the bytes), body (the text) or row (all that the sender wrote)
    removed_at TIMESTAMP,
    rule       VARCHAR,    -- the rule that said so, in words
    run_id     UUID
);

-- The rules of the configuration, one for each mailbox, status and part; none counts before a day has passed.
CREATE TABLE retention_rule (
    status        VARCHAR,
    mailbox       VARCHAR,
    what          VARCHAR,
    days          INTEGER,
    first_seen_at TIMESTAMP
);

-- What each run removed by each rule; a run that found nothing has one row without a rule.
CREATE TABLE retention_run (
    run_id     UUID,
    started_at TIMESTAMP,
    ended_at   TIMESTAMP,  -- of the last portion; NULL: nothing was removed
    rule       VARCHAR,
    what       VARCHAR,
    messages   BIGINT,
    bytes      BIGINT
);

-- What is never removed while the hold is on, whatever the rules say.
CREATE TABLE hold (
    id        UUID,
    kind      VARCHAR,    -- message, work_item, sender, domain or mailbox
    value     VARCHAR,
    reason    VARCHAR,
    held_by   VARCHAR,
    held_at   TIMESTAMP,
    lifted_by VARCHAR,
    lifted_at TIMESTAMP
);

-- Setting up ------------------------------------------------------------------------------------------------------

-- Where a row is from: `configuration` (the file) or `administration` (the page). Seeding replaces the former and never
-- touches what setting_change names, so that it neither overwrites what people changed nor brings back what they removed.
CREATE TABLE person (
    email VARCHAR, name VARCHAR, role VARCHAR,  -- agent, lead, analyst or administrator
    origin VARCHAR
);
CREATE TABLE team (
    name VARCHAR, origin VARCHAR
);
CREATE TABLE team_member (
    team VARCHAR, email VARCHAR, origin VARCHAR
);
CREATE TABLE mailbox (
    name VARCHAR, address VARCHAR, domain VARCHAR, team VARCHAR, source VARCHAR,
    target_hours DOUBLE,  -- within which a person decides what waits there, counted from its arrival
    origin VARCHAR        -- of team and target_hours; the rest is always the file's
);
-- Customers, contracts and services a work item can be for: a row each service.
CREATE TABLE catalog (
    customer VARCHAR, contract VARCHAR, service VARCHAR, origin VARCHAR
);
-- Which configuration the five tables above were last filled from.
CREATE TABLE seed (
    digest VARCHAR, seeded_at TIMESTAMP
);

-- Numbers that must not be given twice: taking one updates its row, so two takers conflict and one tries again.
CREATE TABLE counter (
    name VARCHAR, value BIGINT
);
INSERT INTO counter VALUES ('work_item', 0), ('intake', 0), ('administration', 0), ('routes', 0),
    ('effects', 0);

-- Working together ------------------------------------------------------------------------------------------------

-- Who has taken a waiting message on, until when: a lease, so that nobody's holiday holds a mail.
CREATE TABLE claim (
    message_id UUID, person VARCHAR, claimed_at TIMESTAMP, until TIMESTAMP
);

-- Waiting messages put aside: until a moment, or until the next mail of the same sender.
CREATE TABLE snooze (
    message_id UUID, person VARCHAR, snoozed_at TIMESTAMP,
    until      TIMESTAMP,  -- NULL: only the next mail of the sender ends it
    sender     VARCHAR     -- from_address whose next mail ends it; NULL: only the time does
);

CREATE TABLE note (
    id UUID, message_id UUID, author VARCHAR, written_at TIMESTAMP, text VARCHAR
);

-- Who has which message open; older than a minute is gone.
CREATE TABLE presence (
    person VARCHAR, message_id UUID, seen_at TIMESTAMP
);

-- Filters that people gave a name: the query part of the page's address.
CREATE TABLE saved_view (
    person VARCHAR, name VARCHAR, query VARCHAR, saved_at TIMESTAMP
);

-- What is to be sent to other systems; sent once, tried until it is.
CREATE TABLE outbox (
    id           UUID,       -- also the idempotency key that the receiver sees
    kind         VARCHAR,    -- webhook or email
    recipient    VARCHAR,    -- address or URL
    subject      VARCHAR,
    content      VARCHAR,    -- the JSON or the text
    work_item_id UUID,
    created_at   TIMESTAMP,
    created_by   VARCHAR,
    tries        INTEGER,
    next_try_at  TIMESTAMP,
    sent_at      TIMESTAMP,
    problem      VARCHAR     -- of the last try, one sentence
);

-- Everything that was changed in the administration, a row each row changed.
CREATE TABLE setting_change (
    id         UUID,
    batch      UUID,       -- what was changed together is reverted together
    changed_at TIMESTAMP,
    actor      VARCHAR,    -- a person's address, operator, or configuration
    action     VARCHAR,    -- such as person_add; a stable code
    subject    VARCHAR,    -- whom or what the batch is about, in words
    section    VARCHAR,    -- person, team, team_member, mailbox or catalog
    name       VARCHAR,    -- the key of the row
    before     VARCHAR,    -- the row as JSON; NULL: it was added
    after      VARCHAR,    -- NULL: it was removed
    undoes     UUID        -- the batch this one reverted
);
