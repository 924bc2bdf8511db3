-- The bytes first: raw messages and where they lie are committed before anything looks into them (DESIGN §6).
-- Reads: arrived       a row each fetched message, with the id it gets if it is new
--        arrived_part  their bytes, in parts (place, part, content)
-- Gives: placed    arrived without what is already known to lie there, each with the message it is (`stored_as`) and
--                  its outcome: stored, duplicate or too_large
-- Everybody who takes mail in updates this row, so two collectors can't both think that the same bytes are new.
UPDATE counter SET value = value + 1 WHERE name = 'intake';

CREATE OR REPLACE TEMP TABLE placed AS
-- One column first, here and below: comparing all of them with all that is stored would cost ten times as much.
WITH lying AS MATERIALIZED (
    SELECT mailbox, folder, uid_validity, uid FROM delivery WHERE uid IN (SELECT uid FROM arrived)
),
fresh AS (
    SELECT * FROM arrived AS a
    WHERE NOT EXISTS (SELECT 1 FROM lying AS d WHERE d.mailbox = a.mailbox AND d.folder = a.folder
                      AND d.uid_validity = a.uid_validity AND d.uid = a.uid)
),
first_of AS (SELECT sha256, arg_min(id, place) AS id FROM fresh GROUP BY sha256),
alike AS MATERIALIZED (SELECT sha256_head FROM message_raw WHERE sha256_head IN (SELECT sha256_head FROM arrived)),
known AS (SELECT message_id, sha256 FROM message_raw WHERE sha256_head IN (SELECT sha256_head FROM alike))
SELECT f.*, coalesce(r.message_id, o.id) AS stored_as,
       CASE WHEN r.message_id IS NOT NULL OR o.id <> f.id THEN 'duplicate'
            WHEN NOT f.complete THEN 'too_large' ELSE 'stored' END AS outcome
FROM fresh AS f
JOIN first_of AS o USING (sha256)
LEFT JOIN known AS r ON r.sha256 = f.sha256;

INSERT INTO message_raw
SELECT id, sha256_head, sha256, size, complete, received_at, mailbox, collected_at FROM placed WHERE outcome <> 'duplicate';

INSERT INTO raw_part
SELECT p.id, a.part, a.content
FROM arrived_part AS a JOIN placed AS p ON p.place = a.place WHERE p.outcome <> 'duplicate';

INSERT INTO delivery
SELECT stored_as, mailbox, folder, uid_validity, uid, outcome, collected_at, run_id FROM placed;

-- A further delivery of a known message may show it to another team; it changes nothing else.
UPDATE message SET mailboxes = list_append(message.mailboxes, p.mailbox)
FROM (SELECT DISTINCT stored_as, mailbox FROM placed WHERE outcome = 'duplicate') AS p
WHERE message.id = p.stored_as AND NOT list_contains(message.mailboxes, p.mailbox);
