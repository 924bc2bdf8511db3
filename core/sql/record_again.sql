-- The messages themselves, decided again: somebody may have acted meanwhile, which the version would show.
UPDATE message SET status = c.status, cause = c.cause, status_at = c.decided_at, version = message.version + 1
FROM concluded AS c JOIN deciding AS d ON d.id = c.message_id
WHERE message.id = d.id AND message.version = d.version;
