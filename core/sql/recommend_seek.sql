-- Candidates for routes, on a ladder of conditions: who wrote (address, domain or list), to which address, in which
-- mailbox; and, in recommend_words.sql, about what; recommend_measure.sql then measures the best of them.
-- Reads:  evidence, rec_target, macros shape_of and words_of; variables shared_domains (where
--         everybody can have an address), fewest, mailboxes, everywhere (these are all the mailboxes there are)
-- Gives:  sought        the evidence, numbered: m
--         pool_member   the messages (m) that have who, address and mailbox in common
--         line          a pool and what people did with part of it: line, pool, mailbox, who_kind, who, address, target,
--                       top (what most of it, or its latest, was given)
--         subject_shape the subject's template: m, shape
--         line_word     words of subjects that nearly always went with the line's target
--         word_member   the messages of a line that have such a word; picked is empty; variable least (mails alike)
CREATE OR REPLACE TEMP TABLE sought AS
SELECT row_number() OVER (ORDER BY hash(message_id))::INTEGER AS m, * FROM evidence;

-- Among many decisions a few alike are no habit worth a route of its own.
SET VARIABLE least = (SELECT greatest(getvariable('fewest'), count(*) // 10000) FROM sought);

CREATE OR REPLACE TEMP TABLE came_to AS
WITH named AS (
    SELECT s.m, r.address, r.domain, r.kind = 'delivered' AS blind
    FROM recipient AS r JOIN sought AS s USING (message_id)
    WHERE r.valid AND r.kind <> 'reply_to' AND NOT regexp_matches(r.address, '\+[tc]-\d+@')  -- an address of one item
)
SELECT DISTINCT m, address, blind, domain IN (SELECT domain FROM mailbox) AS ours FROM named
WHERE NOT blind OR m NOT IN (SELECT m FROM named WHERE NOT blind);

-- Unwanted is who sends nothing else: no domain that any work came from, no daemon that tells what became of our mail.
CREATE OR REPLACE TEMP TABLE unwanted AS
WITH asked AS (
    SELECT DISTINCT from_address, from_domain, list_contains(getvariable('shared_domains'), from_domain) AS shared
    FROM sought WHERE target IN (SELECT number FROM rec_target WHERE deed = 'delete')
),
known AS (
    SELECT m.from_domain, m.from_address, m.status FROM message AS m
    WHERE m.received_at >= getvariable('since') AND m.received_at < getvariable('as_of') AND m.status <> 'unprocessed'
      AND list_contains(getvariable('mailboxes'), m.mailbox) AND m.from_domain IN (SELECT from_domain FROM asked)
)
SELECT a.from_address, a.from_domain FROM asked AS a JOIN known AS k
  ON k.from_domain = a.from_domain AND (NOT a.shared OR k.from_address = a.from_address)
WHERE NOT regexp_matches(a.from_address, '^(mailer-daemon|postmaster)@')
GROUP BY a.from_address, a.from_domain
HAVING count(*) FILTER (k.status = 'processed') <= 0.15 * count(*);

-- A domain says something about its senders only if not everybody can have an address there, and if it is not our own.
CREATE OR REPLACE TEMP TABLE written_by AS
SELECT m, mailbox, 'sender' AS who_kind, from_address AS who FROM sought WHERE from_address <> ''
UNION ALL
SELECT m, mailbox, 'domain', from_domain FROM sought
WHERE from_domain <> '' AND NOT list_contains(getvariable('shared_domains'), from_domain)
  AND from_domain NOT IN (SELECT domain FROM mailbox)
UNION ALL
SELECT m, mailbox, 'list', list_id FROM sought WHERE list_id <> '';

CREATE OR REPLACE TEMP TABLE pool AS
WITH common AS (
    SELECT m, mailbox, who_kind, who, '' AS address FROM written_by
    UNION ALL
    SELECT w.m, w.mailbox, w.who_kind, w.who, a.address FROM written_by AS w JOIN came_to AS a USING (m) WHERE a.ours
    UNION ALL
    SELECT s.m, s.mailbox, '', '', a.address FROM sought AS s JOIN came_to AS a USING (m)  -- a list's, too
    UNION ALL  -- whoever writes to several mailboxes: a route for all of them is for who sees them all
    SELECT m, '', who_kind, who, '' FROM written_by
    WHERE getvariable('everywhere') AND (who_kind, who) IN (SELECT (who_kind, who) FROM written_by GROUP BY who_kind, who HAVING count(DISTINCT mailbox) > 1)
)
SELECT row_number() OVER ()::INTEGER AS pool, mailbox, who_kind, who, address, list(m) AS members
FROM common GROUP BY mailbox, who_kind, who, address HAVING count(*) >= getvariable('least');

CREATE OR REPLACE TEMP TABLE pool_member AS SELECT pool, unnest(members) AS m FROM pool;

CREATE OR REPLACE TEMP TABLE line AS
WITH ended AS (
    SELECT p.pool, s.target, count(*) AS agreeing, sum(s.weight) AS weight
    FROM pool_member AS p JOIN sought AS s USING (m) GROUP BY p.pool, s.target
),
most AS (SELECT pool, arg_max(target, (weight, target)) AS top FROM ended GROUP BY pool),
latest AS (SELECT p.pool, max_by(s.target, s.decided_at, 3) AS latest FROM pool_member AS p JOIN sought AS s USING (m) GROUP BY p.pool)
SELECT row_number() OVER ()::INTEGER AS line, p.pool, p.mailbox, p.who_kind, p.who, p.address, e.target, e.agreeing,
       e.target = o.top OR list_unique(n.latest) = 1 AND n.latest[1] = e.target AS top
FROM ended AS e JOIN most AS o USING (pool) JOIN latest AS n USING (pool) JOIN pool AS p USING (pool) JOIN rec_target AS t ON t.number = e.target
-- Unwanted mail can be blocked by who wrote it, and by nothing else.
WHERE e.agreeing >= getvariable('least')
  AND (t.deed = 'work'
       OR e.target = o.top AND p.address = ''
          AND (p.who_kind = 'list' OR p.who_kind = 'sender' AND p.who IN (SELECT from_address FROM unwanted)
               OR p.who_kind = 'domain' AND p.who IN (SELECT from_domain FROM unwanted)));

CREATE OR REPLACE TEMP TABLE subject_shape AS SELECT m, shape_of(subject) AS shape FROM sought;
CREATE OR REPLACE TEMP TABLE subject_word AS SELECT m, unnest(words_of(subject)) AS word FROM sought;

-- Counted for each pool and word, then for each of the few targets of the pool: a pool of an address has many. A word has
-- to stand in several of the line's subjects, or it is a name that happens to; one slip of a person does not spoil it.
CREATE OR REPLACE TEMP TABLE line_word AS
WITH worded AS (
    SELECT p.pool, w.word, s.target, count(*) AS messages
    FROM pool_member AS p JOIN subject_word AS w USING (m) JOIN sought AS s USING (m) GROUP BY p.pool, w.word, s.target
),
told AS (SELECT *, sum(messages) OVER (PARTITION BY pool, word) - messages AS others FROM worded)
SELECT l.line, l.pool, t.word, l.target
FROM told AS t JOIN line AS l ON l.pool = t.pool AND l.target = t.target JOIN rec_target AS r ON r.number = l.target
WHERE r.deed = 'work' AND t.messages >= greatest(CASE WHEN l.agreeing <= 5 THEN 2 ELSE 3 END, 0.2 * l.agreeing)
  AND (t.others <= 0.1 * (t.messages + t.others) OR t.others = 1 AND t.messages >= 4);

CREATE OR REPLACE TEMP TABLE word_member AS
SELECT l.line, l.word, w.m, s.target = l.target AS agrees
FROM line_word AS l JOIN pool_member AS p USING (pool)
JOIN subject_word AS w ON w.m = p.m AND w.word = l.word JOIN sought AS s ON s.m = p.m;

CREATE OR REPLACE TEMP TABLE picked (line INTEGER, word VARCHAR, place INTEGER);
