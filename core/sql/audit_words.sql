-- Takes out of audit_found what does not hold every word: in who did it, why or to which work item, or in the sender,
-- subject, Message-ID, file names or text of the message.
-- Parameters: $word1 … $word3 (lower case, '': any), $bodies (whether texts count)
-- Everything is looked through where it lies and leaves yes or no behind, and that only where there is a yes.
CREATE OR REPLACE TEMP MACRO held_in(words, word1, word2, word3) AS
    (contains(words, word1)::INT + 2 * contains(words, word2)::INT + 4 * contains(words, word3)::INT)::UTINYINT;
CREATE OR REPLACE TEMP TABLE audit_found AS SELECT * FROM audit_found WHERE id IN (
    WITH entry AS MATERIALIZED (
        SELECT id, held_in(words, $word1, $word2, $word3) AS held
        FROM (SELECT j.id, lower(concat_ws(' ', j.actor, j.reason, i.reference, i.subject)) AS words
              FROM journal AS j LEFT JOIN work_item AS i ON i.id = j.work_item_id
              WHERE j.id IN (SELECT id FROM audit_found))
    ),
    mail AS MATERIALIZED (
        SELECT id AS message_id, held_in(lower(concat_ws(' ', from_name, from_address, subject, message_id)), $word1, $word2, $word3) AS held
        FROM message WHERE id IN (SELECT message_id FROM audit_found)
        UNION ALL
        SELECT message_id, held_in(lower(name), $word1, $word2, $word3) FROM attachment
        WHERE message_id IN (SELECT message_id FROM audit_found)
        UNION ALL
        SELECT message_id, held_in(lower(text), $word1, $word2, $word3) FROM message_body
        WHERE $bodies AND message_id IN (SELECT message_id FROM audit_found)
    ),
    hit AS (
        SELECT message_id, bit_or(held) AS held FROM mail
        WHERE held > (CASE WHEN $word2 = '' THEN 2 ELSE 0 END + CASE WHEN $word3 = '' THEN 4 ELSE 0 END)
        GROUP BY message_id
    )
    SELECT f.id FROM audit_found AS f JOIN entry AS e USING (id) LEFT JOIN hit AS h ON h.message_id = f.message_id
    WHERE e.held | coalesce(h.held, 0) = 7
)
