-- Broken mail of some mailboxes, newest first; what is repaired counts until that is taken back.
-- Parameters: $mailboxes (in scope), $kinds (unreadable, too_large, defects), $waiting (only what nobody has decided),
--             $limit, $skip
-- Gives: id, version, received_at, from_address, from_name, subject, mailbox, size, verdict, status, defects,
--        parser_version, kind, repaired, total
WITH repaired AS (SELECT DISTINCT message_id FROM repair WHERE withdrawn_at IS NULL),
found AS (
    SELECT m.*, m.id IN (SELECT message_id FROM repaired) AS repaired,
           CASE m.verdict WHEN 'unparsable' THEN 'unreadable' WHEN 'too_large' THEN 'too_large'
                          ELSE 'defects' END AS kind
    FROM message AS m
    WHERE list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
      AND (m.verdict <> 'parsed' OR len(m.defects) > 0 OR m.id IN (SELECT message_id FROM repaired))
      AND (m.status = 'unprocessed' OR NOT $waiting)
)
SELECT id::VARCHAR AS id, version, received_at, from_address, from_name, subject,
       CASE WHEN list_contains($mailboxes::VARCHAR[], mailbox) THEN mailbox
            ELSE list_filter(mailboxes, x -> list_contains($mailboxes::VARCHAR[], x))[1] END AS mailbox,
       size, verdict, status, defects, parser_version, kind,
       repaired, count(*) OVER () AS total
FROM found WHERE list_contains($kinds::VARCHAR[], kind)
ORDER BY received_at DESC, id DESC LIMIT $limit OFFSET $skip
