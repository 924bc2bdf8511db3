-- Who was faster: the newest journal entry about each message that has changed since it was seen.
INSERT INTO overtaken
SELECT w.id, w.subject, j.actor, j.action, j.happened_at
FROM within AS w
LEFT JOIN (SELECT message_id, max_by(actor, version_after) AS actor, max_by(action, version_after) AS action,
                  max_by(happened_at, version_after) AS happened_at
           FROM journal WHERE message_id IN (SELECT id FROM within) GROUP BY message_id) AS j ON j.message_id = w.id
WHERE NOT w.unchanged
