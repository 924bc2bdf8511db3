-- Takes out of audit_found what does not hold every word: in who did it, why or to which work item, or in the sender,
-- subject, Message-ID, file names or text of the message.
-- Parameters: $word1 … $word3 (lower case, '': any), $bodies (whether texts count)
CREATE OR REPLACE TEMP TABLE audit_found AS SELECT * FROM audit_found WHERE id IN (
    WITH part AS (
        SELECT f.id, lower(concat_ws(' ', j.actor, j.reason, i.reference, i.subject)) AS words
        FROM audit_found AS f JOIN journal AS j ON j.id = f.id LEFT JOIN work_item AS i ON i.id = j.work_item_id
        UNION ALL
        SELECT f.id, lower(concat_ws(' ', m.from_name, m.from_address, m.subject, m.message_id))
        FROM audit_found AS f JOIN message AS m ON m.id = f.message_id
        UNION ALL
        SELECT f.id, lower(a.name) FROM audit_found AS f JOIN attachment AS a ON a.message_id = f.message_id
    ),
    written AS (  -- texts are looked through where they lie and leave only yes or no behind
        SELECT message_id, contains(words, $word1) AS first, contains(words, $word2) AS second,
               contains(words, $word3) AS third
        FROM (SELECT message_id, lower(text) AS words FROM message_body
              WHERE $bodies AND message_id IN (SELECT message_id FROM audit_found))
    ),
    held AS (
        SELECT id, contains(words, $word1) AS first, contains(words, $word2) AS second, contains(words, $word3) AS third
        FROM part
        UNION ALL
        SELECT f.id, w.first, w.second, w.third FROM audit_found AS f JOIN written AS w USING (message_id)
    )
    SELECT id FROM held GROUP BY id HAVING bool_or(first) AND bool_or(second) AND bool_or(third)
)
