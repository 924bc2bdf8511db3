-- The words of the messages in the temporary table `chosen` (column id) are kept exactly while they wait.
DELETE FROM waiting_words WHERE message_id IN (SELECT id FROM chosen);

INSERT INTO waiting_words
SELECT m.id,
       lower(concat_ws(' ', m.subject, m.from_name, m.from_address, m.list_id, m.message_id, r.words, a.words)),
       lower(b.text)
FROM message AS m
JOIN chosen AS c ON c.id = m.id
LEFT JOIN message_body AS b ON b.message_id = m.id
LEFT JOIN (SELECT message_id, string_agg(concat_ws(' ', name, address), ' ') AS words
           FROM recipient WHERE message_id IN (SELECT id FROM chosen) GROUP BY message_id) AS r ON r.message_id = m.id
LEFT JOIN (SELECT message_id, string_agg(name, ' ') AS words
           FROM attachment WHERE message_id IN (SELECT id FROM chosen) GROUP BY message_id) AS a ON a.message_id = m.id
WHERE m.status = 'unprocessed';
