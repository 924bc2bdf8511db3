-- Lays out `within`: which of the messages asked for the person may see, and which of those may be changed now.
-- Parameters: $ids with the version each was seen at (NULL where none was named) in $versions, $mailboxes (in scope),
--             $status (what may be changed has it)
-- Whose mail may be seen is asked last, of what was asked for alone and not of all that is stored.
CREATE OR REPLACE TEMP TABLE within AS
WITH asked AS (SELECT unnest($ids::UUID[]) AS id, unnest($versions::BIGINT[]) AS seen_version),
found AS MATERIALIZED (
    SELECT m.id, m.version, m.status, m.cause, m.subject, m.mailboxes,
           m.status = $status AND m.version = coalesce(a.seen_version, m.version) AS unchanged
    FROM message AS m JOIN asked AS a USING (id)
)
SELECT * EXCLUDE (mailboxes) FROM found WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[])
