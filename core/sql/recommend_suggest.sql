-- The likeliest targets of messages, from what people gave to mail that has something in common with them.
-- Reads:  asked (id: messages), evidence, rec_target, macros shape_of and words_of; variable shared_domains
-- Gives:  suggestion   message_id, place (1 is the likeliest), target, score, kind, value (what speaks most for it), alike
--                      (mails that have this in common), given (of these, to this target)
-- Naive Bayes over what a mail has (D. D. Lewis, 1998), each kind with its weight; what has no mail in common with the
-- target adds nothing, so that only pairs that occur are looked at.
CREATE OR REPLACE TEMP TABLE trait_weight AS
SELECT * FROM (VALUES ('sender', 1.5), ('list', 1.0), ('domain', 0.8), ('shape', 1.0), ('address', 0.5), ('word', 0.6),
                      ('mailbox', 0.5)) AS t(kind, strength);

CREATE OR REPLACE TEMP TABLE asked_mail AS
SELECT id, mailbox, from_address, from_domain, list_id, subject FROM message WHERE id IN (SELECT id FROM asked);

CREATE OR REPLACE TEMP MACRO traits(mail) AS TABLE
SELECT id, 'sender' AS kind, from_address AS value FROM query_table(mail) WHERE from_address <> ''
UNION ALL
SELECT id, 'domain', from_domain FROM query_table(mail)
WHERE from_domain <> '' AND NOT list_contains(getvariable('shared_domains'), from_domain)
UNION ALL SELECT id, 'list', list_id FROM query_table(mail) WHERE list_id <> ''
UNION ALL SELECT id, 'mailbox', mailbox FROM query_table(mail)
UNION ALL SELECT id, 'shape', shape_of(subject) FROM query_table(mail)
UNION ALL SELECT id, 'word', unnest(words_of(subject)) FROM query_table(mail)
UNION ALL
SELECT DISTINCT r.message_id, 'address', r.address FROM recipient AS r JOIN query_table(mail) AS m ON m.id = r.message_id
WHERE r.valid AND r.kind <> 'reply_to';

CREATE OR REPLACE TEMP TABLE asked_trait AS SELECT * FROM traits('asked_mail');

CREATE OR REPLACE TEMP TABLE given_mail AS
SELECT e.message_id AS id, e.mailbox, e.from_address, e.from_domain, e.list_id, e.subject, e.target, e.weight
FROM evidence AS e JOIN rec_target AS t ON t.number = e.target WHERE t.deed = 'work';

CREATE OR REPLACE TEMP TABLE given_trait AS
SELECT t.kind, t.value, g.target, sum(g.weight) AS weight, count(*) AS given
FROM traits('given_mail') AS t JOIN given_mail AS g USING (id)
WHERE (t.kind, t.value) IN (SELECT (kind, value) FROM asked_trait)
GROUP BY t.kind, t.value, g.target;

CREATE OR REPLACE TEMP TABLE suggestion AS
WITH usual AS (SELECT target, sum(weight) / (SELECT sum(weight) FROM given_mail) AS share FROM given_mail GROUP BY target),
alike AS (SELECT kind, value, sum(given) AS alike FROM given_trait GROUP BY kind, value),
spoken AS (
    SELECT a.id, g.target, g.kind, g.value, g.given, l.alike, w.strength * ln(1 + g.weight / (0.5 * u.share)) AS says
    FROM asked_trait AS a JOIN given_trait AS g USING (kind, value) JOIN alike AS l USING (kind, value)
    JOIN trait_weight AS w USING (kind) JOIN usual AS u USING (target)
),
scored AS (
    SELECT s.id, s.target, ln(any_value(u.share)) + sum(s.says) AS score,
           arg_max({'kind': s.kind, 'value': s.value, 'alike': s.alike, 'given': s.given}, s.says) AS because
    FROM spoken AS s JOIN usual AS u USING (target) GROUP BY s.id, s.target
)
SELECT id AS message_id, row_number() OVER (PARTITION BY id ORDER BY score DESC, target)::INTEGER AS place, target, score,
       because.kind AS kind, because.value AS value, because.alike AS alike, because.given AS given
FROM scored QUALIFY place <= 3;
