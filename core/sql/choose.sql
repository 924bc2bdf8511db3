-- Which of the messages asked for may be changed now.
-- Reads:  asked (id, seen_version: the version the person saw, NULL if they name none), variables mailboxes, status
-- Gives:  chosen     those in scope, with that status and unchanged since they were seen
--         overtaken  those in scope that somebody else changed first, with the newest journal entry about them
CREATE OR REPLACE TEMP TABLE within AS
SELECT m.id, m.version, m.status, m.cause, m.subject, m.mailbox,
       m.status = getvariable('wanted_status') AND m.version = coalesce(a.seen_version, m.version) AS unchanged
FROM message AS m JOIN asked AS a USING (id)
WHERE list_has_any(m.mailboxes, getvariable('mailboxes'));

CREATE OR REPLACE TEMP TABLE chosen AS SELECT id, version, status, cause, subject FROM within WHERE unchanged;

CREATE OR REPLACE TEMP TABLE overtaken AS
SELECT w.id, w.subject, j.actor, j.action, j.happened_at
FROM within AS w
LEFT JOIN (SELECT message_id, max_by(actor, version_after) AS actor, max_by(action, version_after) AS action,
                  max_by(happened_at, version_after) AS happened_at
           FROM journal WHERE message_id IN (SELECT id FROM within) GROUP BY message_id) AS j ON j.message_id = w.id
WHERE NOT w.unchanged;
