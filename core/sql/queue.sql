-- The queue as a person sees it: what waits in their mailboxes, filtered.
-- Parameters: $mailboxes (in scope and asked for), $addresses, $causes (empty lists: any), $sender (address or domain, NULL: any),
--             $word1 … $word3 (lower case, '' : any), $bodies (whether bodies are searched), $before (received before, NULL),
--             $after (received at or after, NULL), $attached, $automated (yes, no, NULL: either), $now,
--             $claimed (an e-mail: theirs; 'nobody'; NULL: any), $aside (whether what was put aside is shown instead)
WITH words AS (
    SELECT message_id FROM waiting_words
    WHERE $word1 <> '' AND (contains(words, $word1) OR $bodies AND contains(body, $word1))
      AND (contains(words, $word2) OR $bodies AND contains(body, $word2))
      AND (contains(words, $word3) OR $bodies AND contains(body, $word3))
)
SELECT m.id, b.name AS mailbox, b.address AS mailbox_address, m.from_address, m.from_name, m.subject,
       CASE WHEN $bodies THEN m.preview END AS preview, m.received_at, m.cause, m.status, m.message_id, m.attachments, m.automatic, m.version,
       k.person AS claimed_by, z.until AS aside_until
FROM message AS m
LEFT JOIN claim AS k ON k.message_id = m.id AND k.until > $now
LEFT JOIN snooze AS z ON z.message_id = m.id AND (z.until IS NULL OR z.until > $now)
JOIN mailbox AS b ON b.name = coalesce(
    CASE WHEN list_contains($mailboxes::VARCHAR[], m.mailbox) THEN m.mailbox END,
    list_intersect(m.mailboxes, $mailboxes::VARCHAR[])[1])
WHERE m.status = 'unprocessed'  -- and in scope: the join with mailbox says so, of those that wait only
  AND (len($addresses::VARCHAR[]) = 0 OR list_contains($addresses::VARCHAR[], b.address))
  AND (len($causes::VARCHAR[]) = 0 OR list_contains($causes::VARCHAR[], m.cause))
  AND ($sender::VARCHAR IS NULL OR m.from_address = $sender OR m.from_domain = $sender)
  AND ($before::TIMESTAMP IS NULL OR m.received_at < $before)
  AND ($after::TIMESTAMP IS NULL OR m.received_at >= $after)
  AND ($attached::BOOLEAN IS NULL OR (m.attachments > 0) = $attached)
  AND ($automated::BOOLEAN IS NULL OR (m.automatic <> '') = $automated)
  AND ($claimed::VARCHAR IS NULL OR coalesce(k.person, 'nobody') = $claimed)
  AND (z.message_id IS NOT NULL) = $aside
  AND ($word1 = '' OR m.id IN (SELECT message_id FROM words))
