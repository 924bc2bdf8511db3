-- Everything a mailbox's server lists against what is stored from there.
-- Parameters: $mailbox.
-- Reads the temporary table listed (folder, uid_validity, uid) and delivery.
-- Gives a row each folder: folder, uid_validity, on_server, gone (stored under that UIDVALIDITY, listed no more). Of a
-- mailbox in which nothing lies, the folder is the one its newest mail is from.
WITH lies_there AS (
    SELECT folder, max(uid_validity) AS uid_validity, count(*) AS on_server FROM listed GROUP BY folder
),
folder AS (
    SELECT * FROM lies_there
    UNION ALL
    SELECT folder, uid_validity, 0 FROM (SELECT folder, uid_validity FROM delivery WHERE mailbox = $mailbox
                                         ORDER BY run_id DESC, collected_at DESC LIMIT 1)
    WHERE NOT EXISTS (FROM lies_there)
),
gone AS (
    SELECT folder, uid_validity, count(*) AS gone
    FROM (SELECT folder, uid_validity, uid FROM delivery WHERE mailbox = $mailbox
          EXCEPT SELECT folder, uid_validity, uid FROM listed)
    GROUP BY folder, uid_validity
)
SELECT f.folder, f.uid_validity, f.on_server, coalesce(g.gone, 0)
FROM folder AS f LEFT JOIN gone AS g USING (folder, uid_validity) ORDER BY f.folder
