-- Removes what is due of a portion of messages.
-- Reads: retention_due (of this portion), variables now, run, first and last (the ids it lies between: that spares
--        looking through all the bytes there are)
DELETE FROM raw_part
WHERE message_id BETWEEN getvariable('first') AND getvariable('last')
  AND message_id IN (SELECT message_id FROM retention_due WHERE what IN ('raw', 'row'));

DELETE FROM message_body
WHERE message_id BETWEEN getvariable('first') AND getvariable('last')
  AND message_id IN (SELECT message_id FROM retention_due WHERE what IN ('body', 'row'));

UPDATE message SET preview = '' WHERE id IN (SELECT message_id FROM retention_due WHERE what = 'body');

DELETE FROM recipient
WHERE message_id BETWEEN getvariable('first') AND getvariable('last')
  AND message_id IN (SELECT message_id FROM retention_due WHERE what = 'row');
DELETE FROM attachment
WHERE message_id BETWEEN getvariable('first') AND getvariable('last')
  AND message_id IN (SELECT message_id FROM retention_due WHERE what = 'row');
DELETE FROM note WHERE message_id IN (SELECT message_id FROM retention_due WHERE what = 'row');
DELETE FROM presence WHERE message_id IN (SELECT message_id FROM retention_due WHERE what = 'row');

-- The stub: whose it is and when it came, and nothing that its sender wrote. Another version, so that nothing done to
-- it before is taken back now.
UPDATE message
SET message_id = '', message_key = md5_number_lower(''), in_reply_to = [], "references" = [], from_address = '',
    from_name = '', from_domain = '', subject = '', preview = '', list_id = '', automatic = '', attachments = 0,
    defects = [], version = version + 1
WHERE id IN (SELECT message_id FROM retention_due WHERE what = 'row');

INSERT INTO removed
SELECT d.message_id, p.what, getvariable('now'), d.rule, getvariable('run')
FROM retention_due AS d
JOIN (VALUES ('raw', 'raw'), ('body', 'body'), ('row', 'raw'), ('row', 'body'), ('row', 'row')) AS p (due, what)
  ON p.due = d.what
WHERE NOT EXISTS (SELECT 1 FROM removed AS x WHERE x.message_id = d.message_id AND x.what = p.what);

INSERT INTO retention_run
SELECT getvariable('run'), getvariable('started'), getvariable('now'), rule, what, 0, 0 FROM retention_due
WHERE (rule, what) NOT IN (SELECT (rule, what) FROM retention_run WHERE run_id = getvariable('run') AND rule IS NOT NULL)
GROUP BY rule, what;

UPDATE retention_run SET messages = retention_run.messages + d.messages, bytes = retention_run.bytes + d.bytes,
                         ended_at = getvariable('now')
FROM (SELECT rule, what, count(*) AS messages, sum(bytes)::BIGINT AS bytes FROM retention_due GROUP BY rule, what) AS d
WHERE retention_run.run_id = getvariable('run') AND retention_run.rule = d.rule AND retention_run.what = d.what;
