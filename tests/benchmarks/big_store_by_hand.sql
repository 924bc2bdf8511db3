-- Three in ten of the big store's work items were opened by people after all. What a mail becomes follows from its sender
-- and now and then from its first word; in one of twenty somebody decided otherwise.
CREATE OR REPLACE TEMP TABLE by_hand AS
SELECT m.id, o.work_item_id, m.received_at,
       (CASE WHEN hash(m.id, 3) % 20 = 0 THEN hash(m.id) ELSE hash(m.from_domain, CASE WHEN hash(m.from_domain) % 4 = 0
             THEN split_part(m.subject, ' ', 1) ELSE '' END) END >> 2)::BIGINT AS habit
FROM message AS m JOIN work_item_message AS o ON o.message_id = m.id AND o.how = 'opened'
WHERE hash(m.id, 1) % 10 < 3;

UPDATE message SET cause = 'no_route' WHERE id IN (SELECT id FROM by_hand);
UPDATE message SET cause = 'no_route' WHERE status = 'deleted';

UPDATE work_item SET kind = 'ticket', customer = 'Customer ' || 1 + h.habit % 10,
                     contract = ['P2P', 'O2C'][1 + h.habit // 10 % 2], service = ['Invoices', 'Payments', 'Questions'][1 + h.habit // 20 % 3]
FROM by_hand AS h WHERE h.work_item_id = work_item.id;

INSERT INTO journal (id, happened_at, batch, actor, actor_kind, action, message_id, version_after, work_item_id,
                     status_before, status_after)
SELECT uuidv7(), received_at + INTERVAL 2 HOUR, uuidv7(), ['ana@desk.example', 'ben@desk.example'][1 + (hash(id) % 2)::BIGINT],
       'person', 'create', id, 2, work_item_id, 'unprocessed', 'processed'
FROM by_hand;
