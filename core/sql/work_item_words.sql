-- Takes out of item_found what does not hold every word: in its reference, subject or target, or in the sender,
-- subject, Message-ID or text of one of its messages.
-- Parameters: $word1 … $word3 (lower case, '': any), $mailboxes (in scope and asked for), $bodies (whether texts count)
-- Texts are looked through where they lie and leave only yes or no behind: they are too large to be joined.
CREATE OR REPLACE TEMP TABLE item_found AS SELECT * FROM item_found WHERE id IN (
    WITH link AS MATERIALIZED (
        SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT id FROM item_found)
    ),
    mail AS MATERIALIZED (
        SELECT id, lower(concat_ws(' ', from_name, from_address, subject, message_id)) AS words, mailboxes
        FROM message WHERE id IN (SELECT message_id FROM link)
    ),
    held AS MATERIALIZED (
        SELECT l.work_item_id AS id, l.message_id, m.words FROM link AS l JOIN mail AS m ON m.id = l.message_id
        WHERE list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
    ),
    written AS (
        SELECT message_id, contains(words, $word1) AS first, contains(words, $word2) AS second,
               contains(words, $word3) AS third
        FROM (SELECT message_id, lower(text) AS words FROM message_body
              WHERE $bodies AND message_id IN (SELECT message_id FROM held))
    ),
    part AS (
        SELECT id, contains(words, $word1) AS first, contains(words, $word2) AS second, contains(words, $word3) AS third
        FROM (SELECT id, lower(concat_ws(' ', reference, subject, customer, contract, service)) AS words
              FROM work_item WHERE id IN (SELECT id FROM item_found)
              UNION ALL SELECT id, words FROM held)
        UNION ALL
        SELECT h.id, w.first, w.second, w.third FROM held AS h JOIN written AS w USING (message_id)
    )
    SELECT id FROM part GROUP BY id HAVING bool_or(first) AND bool_or(second) AND bool_or(third)
)
