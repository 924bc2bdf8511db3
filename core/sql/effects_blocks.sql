-- Where deliveries may lack a row for the mailbox's effect: blocks of 10,000 uids of which the two tables do not have
-- the same number. Comparing all that is stored, to find the one that is new, would hold the store for too long.
-- Mail that was read from files, before the mailbox had a server, has uid_validity 0 and lies on none.
-- Parameters: $mailbox, $kind, $detail. Gives folder, uid_validity, block, mails (deliveries there).
WITH lying AS (
    SELECT folder, uid_validity, TRY_CAST(uid AS BIGINT) // 10000 AS block, count(*) AS mails
    FROM delivery WHERE mailbox = $mailbox AND uid_validity > 0 GROUP BY ALL
),
planned AS (
    SELECT folder, uid_validity, TRY_CAST(uid AS BIGINT) // 10000 AS block, count(*) AS mails
    FROM server_effect WHERE mailbox = $mailbox AND kind = $kind AND detail = $detail GROUP BY ALL
)
SELECT l.folder, l.uid_validity, l.block, l.mails
FROM lying AS l LEFT JOIN planned AS p USING (folder, uid_validity, block)
WHERE l.mails <> coalesce(p.mails, 0)
ORDER BY l.folder, l.uid_validity, l.block
