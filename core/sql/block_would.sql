-- The past mail that a block of a sender would have hit.
-- Parameters: $kind, $value, $mailboxes (that the block is about, in scope), $now
-- Gives: would_hit (id, status, cause, received_at, spared: an allow lets it through)
CREATE OR REPLACE TEMP TABLE would_hit AS
SELECT m.id, m.status, m.cause, m.received_at, EXISTS (
    SELECT 1 FROM allow_in_force AS a
    WHERE a.value = CASE a.kind WHEN 'address' THEN m.from_address WHEN 'domain' THEN m.from_domain ELSE m.list_id END
      AND (a.mailbox IS NULL OR a.mailbox = m.mailbox) AND (a.expires_at IS NULL OR a.expires_at > $now)) AS spared
FROM message AS m
WHERE CASE $kind WHEN 'address' THEN m.from_address WHEN 'domain' THEN m.from_domain ELSE m.list_id END = $value
  AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
