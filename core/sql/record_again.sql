-- The messages themselves, decided again: somebody may have acted meanwhile, which the version would show.
UPDATE message SET status = c.status, cause = c.cause, version = message.version + 1,
    status_at = CASE WHEN message.status = c.status THEN message.status_at ELSE c.decided_at END
FROM concluded AS c JOIN deciding AS d ON d.id = c.message_id
WHERE message.id = d.id AND message.version = d.version;
