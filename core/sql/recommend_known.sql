-- What takes care of mail already, as rules: routes of today (in shadow, and drafts made of a recommendation, too), blocks,
-- and recommendations that people refused or put aside.
-- Reads:  variables as_of, mailboxes.   Gives: known_rule (settled_at: only what was decided before it is settled; NULL: all)
CREATE OR REPLACE TEMP TABLE known_rule AS
WITH rule AS (
    SELECT mailbox, recipient, sender, subject_contains, subject_regex, body_contains, list_id, has_attachment,
           match_delivered, NULL::TIMESTAMP AS settled_at
    FROM route_newest
    WHERE NOT removed AND (active OR id IN (SELECT route_id FROM recommendation_answer WHERE answer = 'accepted'))
    UNION ALL
    SELECT mailbox, '*', CASE kind WHEN 'address' THEN [value] WHEN 'domain' THEN ['*@' || value] ELSE [] END, [], NULL, [],
           CASE WHEN kind = 'list_id' THEN value END, NULL, true, NULL
    FROM block_in_force WHERE expires_at IS NULL OR expires_at > getvariable('as_of')
    UNION ALL
    SELECT mailbox, recipient, sender, subject_contains, subject_regex, [], list_id, NULL, match_delivered,
           CASE WHEN answer = 'refused' THEN answered_at END
    FROM recommendation_answer
    WHERE withdrawn_at IS NULL AND (answer = 'refused' OR answer = 'snoozed' AND until > getvariable('as_of'))
)
SELECT 1000000 + row_number() OVER () AS rank, * FROM rule
WHERE mailbox IS NULL OR list_contains(getvariable('mailboxes'), mailbox);
