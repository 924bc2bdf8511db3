-- A year of mail of a large desk, made up set by set.
-- Variables: messages (how many; one in ten is unprocessed, one in twenty deleted), until (when the last came), words.
-- Everything follows from the number i of a message; die(i, n) is its n-th die. `made` lies in the order of i, and what is
-- read from it alone stays in that order.
CREATE OR REPLACE TEMP MACRO die(i, n) AS (hash(i, n) >> 2)::BIGINT;

CREATE OR REPLACE TEMP TABLE made AS
WITH dice AS (
    SELECT i, getvariable('until') - (getvariable('messages') - i) * INTERVAL 31 SECOND AS received_at,
           die(i, 1) % 60 AS alias, (power(die(i, 2) % 100000 / 100000, 3) * 20000)::BIGINT AS sender,
           die(i, 3) % 100 AS fate, die(i, 4) % 100 AS thread, die(i, 5) % 100 AS attached, die(i, 6) % 100 AS cc,
           die(i, 7) AS h
    FROM range(getvariable('messages')) AS r(i)
)
SELECT i, printf('%012x7%03x8%015x', epoch_ms(received_at), i % 4096, i)::UUID AS id,
       printf('%012x7%03x9%015x', epoch_ms(received_at), i % 4096, i)::UUID AS other_id,  -- of its decision, item, entry
       received_at, getvariable('mailboxes')[1 + alias // 10] AS mailbox, getvariable('addresses')[1 + alias] AS address,
       getvariable('addresses')[1 + alias // 10 * 10] AS delivered_to,
       printf('person%d@company%d.example', sender, sender % 3000) AS from_address,
       printf('company%d.example', sender % 3000) AS from_domain, printf('Person %d', sender) AS from_name,
       printf('%016x.%d@company.example', h, i) AS message_id,
       CASE WHEN thread < 20 AND i > 5000 THEN i - 1 - h % 5000 END AS answers,
       CASE WHEN i % 10 = 3 THEN 'unprocessed' WHEN fate < 5 THEN 'deleted' ELSE 'processed' END AS status,
       getvariable('words')[1 + h % 20] || ' ' || (h % 899999 + 100000) || ' of ' || getvariable('words')[1 + h // 20 % 20]
           AS subject,
       attached < 30 AS attached, cc < 30 AS cc, h
FROM dice;

INSERT INTO message (id, mailbox, mailboxes, message_id, message_key, in_reply_to, "references", from_address, from_name,
                     from_domain, subject, preview, list_id, automatic, sent_at, received_at, collected_at, size,
                     attachments, defects, verdict, parser_version, status, cause, status_at, version)
SELECT id, mailbox, [mailbox], message_id, md5_number_lower(message_id),
       CASE WHEN answers IS NULL THEN [] ELSE [printf('%016x.%d@company.example', die(answers, 7), answers)] END,
       CASE WHEN answers IS NULL THEN [] ELSE [printf('%016x.%d@company.example', die(answers, 7), answers)] END,
       from_address, from_name, from_domain, subject, 'Dear colleagues, please see number ' || (h % 99991) || ' below.',
       CASE WHEN h % 20 = 0 THEN printf('list%d.company.example', h % 500) ELSE '' END,
       CASE WHEN h % 20 = 0 THEN 'List-Id' WHEN h % 33 = 0 THEN 'Auto-Submitted: auto-replied' ELSE '' END,
       received_at - INTERVAL 5 SECOND, received_at, received_at + INTERVAL 1 MINUTE, 2000 + h % 8000,
       CASE WHEN attached THEN 1 ELSE 0 END, [], 'parsed', 1, status,
       CASE WHEN status = 'unprocessed' THEN ['no_route', 'conditions_not_met', 'bcc_only', 'no_valid_address'][1 + h % 4] END,
       received_at + INTERVAL 1 MINUTE, 1
FROM made;

INSERT INTO message_raw (message_id, sha256_head, sha256, size, complete, received_at, mailbox, collected_at)
SELECT id, h, printf('%016x', h), 2000 + h % 8000, true, received_at, mailbox, received_at + INTERVAL 1 MINUTE
FROM made;

INSERT INTO raw_part (message_id, part, content)
SELECT id, 1, encode('Message-ID: <' || message_id || '>') FROM made;

INSERT INTO delivery (message_id, mailbox, folder, uid_validity, uid, outcome, collected_at, run_id)
SELECT id, mailbox, 'INBOX', 1, (1000000000 + i)::VARCHAR, 'stored', received_at + INTERVAL 1 MINUTE, NULL
FROM made;

INSERT INTO message_body (message_id, text, html, text_from_html)
SELECT id, 'Dear colleagues,' || chr(10) || 'about number ' || (h % 99991) || ' and ' || subject || ':' || chr(10)
           || repeat('Please find below what ' || from_name || ' asked for, ' || (h % 7919) || ' times, with kind regards. ',
                     8 + (h % 8)::INTEGER),
       CASE WHEN h % 3 = 0 THEN '<p>Dear colleagues,</p>'
           || repeat('<p>Please find <b>below</b> what was asked for, ' || (h % 7919) || '.</p>', 8) ELSE '' END, false
FROM made;

INSERT INTO recipient (message_id, kind, position, address, domain, name, valid)
SELECT id, kind, 1, address, 'desk.example', '', true FROM (
    SELECT i, id, 'to' AS kind, address FROM made
    UNION ALL SELECT i, id, 'delivered', delivered_to FROM made
    UNION ALL SELECT i, id, 'cc', getvariable('addresses')[1 + h // 100 % 60] FROM made WHERE cc)
ORDER BY i;

INSERT INTO attachment (message_id, position, part, name, content_type, size, sha256, content_id, inline, is_message)
SELECT id, 1, '2', printf('%s-%d.pdf', getvariable('words')[1 + h % 20], h % 99991), 'application/pdf', 5000 + h % 99999,
       printf('%064x', h), '', false, false
FROM made WHERE attached;

INSERT INTO decision (id, message_id, decided_at, step, status, cause, evidence)
SELECT other_id, id, received_at + INTERVAL 1 MINUTE, CASE status WHEN 'processed' THEN 'route' ELSE 'none' END,
       CASE status WHEN 'processed' THEN 'processed' ELSE 'unprocessed' END, NULL, 'Route ' || h % 500
FROM made;

INSERT INTO decision_trace (decision_id, message_id, kind, address, route_id, route_version, position, failed, outcome)
SELECT m.other_id, m.id, 'to', m.address, r.id, r.version, r.position, CASE WHEN step = 2 THEN [] ELSE ['sender'] END,
       CASE WHEN step = 2 THEN 'opened' ELSE 'missed' END
FROM made AS m CROSS JOIN range(3) AS s(step)
JOIN (SELECT *, row_number() OVER (ORDER BY position) - 1 AS place FROM route) AS r ON r.place = (m.h + step) % 500
WHERE step < 2 OR m.status = 'processed'
ORDER BY m.i;

INSERT INTO work_item (id, kind, number, reference, customer, contract, service, subject, status, opened_at, opened_by,
                       status_at, merged_into, version)
SELECT other_id, CASE h % 5 WHEN 0 THEN 'case' ELSE 'ticket' END, i + 1,
       printf('%s-%06d', CASE h % 5 WHEN 0 THEN 'C' ELSE 'T' END, i + 1), 'Customer ' || (1 + h % 10), 'P2P', 'Invoices',
       subject, CASE WHEN i < getvariable('messages') * 0.9 THEN 'closed' ELSE 'open' END, received_at, 'Route ' || h % 500,
       received_at, NULL, 1
FROM made WHERE status = 'processed' AND answers IS NULL;

INSERT INTO work_item_message (work_item_id, message_id, how, added_at, batch)
SELECT o.other_id, m.id, CASE WHEN o.i = m.i THEN 'opened' ELSE 'appended' END, m.received_at, m.other_id
FROM made AS m JOIN made AS o ON o.i = coalesce(m.answers, m.i)
WHERE m.status = 'processed' AND o.status = 'processed' AND o.answers IS NULL
ORDER BY m.i;

INSERT INTO work_item_address (work_item_id, address)
SELECT other_id, unnest(list_distinct([address, delivered_to])) FROM made
WHERE status = 'processed' AND answers IS NULL;

INSERT INTO journal (id, happened_at, batch, actor, actor_kind, action, message_id, version_after, work_item_id, status_before,
                     status_after, cause, reason, undoes)
SELECT other_id, received_at + INTERVAL 1 MINUTE, other_id, CASE status WHEN 'processed' THEN 'Route ' || h % 500 ELSE 'routing' END,
       'route', CASE status WHEN 'processed' THEN 'create' ELSE 'queue' END, id, 1, NULL, NULL,
       CASE status WHEN 'processed' THEN 'processed' ELSE 'unprocessed' END, NULL, NULL, NULL
FROM made;

INSERT INTO journal (id, happened_at, batch, actor, actor_kind, action, message_id, version_after, work_item_id, status_before,
                     status_after, cause, reason, undoes)
SELECT uuidv7(), received_at + INTERVAL 1 DAY, other_id, 'ana@desk.example', 'person', 'delete', id, 1, NULL, 'unprocessed',
       'deleted', NULL, 'advertisement', NULL
FROM made WHERE status = 'deleted';

CREATE OR REPLACE TEMP TABLE chosen AS SELECT id FROM made WHERE status = 'unprocessed';

UPDATE counter SET value = getvariable('messages') WHERE name = 'work_item';
