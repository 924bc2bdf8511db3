-- What waits of a sender and would be deleted by a block that is made now: not what an allow lets through.
-- Parameters: $kind, $value, $mailboxes (that the block is about, in scope), $now
SELECT m.id::VARCHAR FROM message AS m
WHERE m.status = 'unprocessed' AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
  AND CASE $kind WHEN 'address' THEN m.from_address WHEN 'domain' THEN m.from_domain ELSE m.list_id END = $value
  AND NOT EXISTS (
    SELECT 1 FROM allow_in_force AS a
    WHERE a.value = CASE a.kind WHEN 'address' THEN m.from_address WHEN 'domain' THEN m.from_domain ELSE m.list_id END
      AND (a.mailbox IS NULL OR a.mailbox = m.mailbox) AND (a.expires_at IS NULL OR a.expires_at > $now))
