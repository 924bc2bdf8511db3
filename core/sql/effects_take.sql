-- Take the turn to try: of two collectors that read the same row only one gets it, as `tries` is checked.
-- Parameters: $mailbox, $kind, $detail, $turn, $again (when the next may try).
-- Reads: chosen (folder, uid_validity, uid, tries), as they were read.
UPDATE server_effect SET tries = server_effect.tries + 1, next_try_at = $again, turn = $turn::UUID
FROM chosen AS c
WHERE server_effect.mailbox = $mailbox AND server_effect.kind = $kind AND server_effect.detail = $detail
  AND server_effect.folder = c.folder AND server_effect.uid_validity = c.uid_validity AND server_effect.uid = c.uid
  AND server_effect.tries = c.tries AND server_effect.done_at IS NULL
