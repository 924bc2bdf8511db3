-- Is there anything to plan for a mailbox? Counting is much cheaper than looking for the differences.
-- Parameters: $mailbox; $kind and $detail of its effect ('nothing' and '' where it has none), $days it is left alone.
-- Gives one row: missing (deliveries without this effect; those not decided yet are among them), withdrawn (pending
-- rows of effects that are no longer in force and can't have left half of their work), redated (pending rows that are
-- due on another day now).
SELECT (SELECT count(*) FROM delivery WHERE mailbox = $mailbox AND uid_validity > 0 AND $kind <> 'nothing')
           - (SELECT count(*) FROM server_effect WHERE mailbox = $mailbox AND kind = $kind AND detail = $detail)
           AS missing,
       count(*) FILTER ((kind <> $kind OR detail <> $detail) AND target_uid_next IS NULL) AS withdrawn,
       count(*) FILTER (kind = $kind AND detail = $detail AND due_at <> planned_at + to_days($days::INTEGER)) AS redated
FROM server_effect WHERE mailbox = $mailbox AND done_at IS NULL
