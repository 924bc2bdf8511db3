-- What would be done, were the effects of mailboxes done now: what is planned, and what would be.
-- Reads: in_force (mailbox, kind, detail, days): the effect of each mailbox that has one.
-- Parameters: $now. Gives a row each of these mailboxes: now, later (mails), first_at (when the first is due), kept.
WITH planned AS (
    SELECT f.mailbox, e.folder, e.uid_validity, e.uid, e.done_at, e.planned_at + to_days(f.days::INTEGER) AS due_at,
           coalesce(e.outcome, '') AS outcome
    FROM in_force AS f JOIN server_effect AS e USING (mailbox, kind, detail)
),
missing AS (
    SELECT f.mailbox, $now::TIMESTAMP + to_days(f.days::INTEGER) AS due_at, NOT r.complete AND f.kind <> 'flag' AS kept
    FROM in_force AS f JOIN delivery AS d USING (mailbox) JOIN message_raw AS r ON r.message_id = d.message_id
    WHERE d.uid_validity > 0 AND d.message_id IN (SELECT id FROM message)
      AND NOT (f.kind = 'move' AND d.folder = f.detail)
      AND NOT EXISTS (SELECT 1 FROM planned AS p WHERE p.mailbox = d.mailbox AND p.folder = d.folder
                      AND p.uid_validity = d.uid_validity AND p.uid = d.uid)
),
foreseen AS (
    SELECT mailbox, due_at, done_at IS NOT NULL AS done, outcome = 'kept' AS kept FROM planned
    UNION ALL SELECT mailbox, due_at, false, kept FROM missing
)
SELECT f.mailbox, f.kind AS effect, f.detail, f.days,
       count(*) FILTER (NOT e.done AND NOT e.kept AND e.due_at <= $now) AS now,
       count(*) FILTER (NOT e.done AND NOT e.kept AND e.due_at > $now) AS later,
       min(e.due_at) FILTER (NOT e.done AND NOT e.kept) AS first_at,
       count(*) FILTER (e.kept) AS kept
FROM in_force AS f LEFT JOIN foreseen AS e USING (mailbox) GROUP BY ALL ORDER BY f.mailbox
