-- A page of item_found, newest first, as a person sees it: with its mail counted and its first sender.
-- Parameters: $limit, $skip, $mailboxes (in scope: mail outside them is neither counted nor shown)
WITH page AS MATERIALIZED (
    SELECT i.* FROM work_item AS i
    WHERE i.id IN (SELECT id FROM item_found ORDER BY opened_at DESC, id DESC LIMIT $limit OFFSET $skip)
),
link AS MATERIALIZED (SELECT work_item_id, message_id FROM work_item_message WHERE work_item_id IN (SELECT id FROM page)),
held AS MATERIALIZED (
    SELECT id, received_at, from_address, from_name, mailboxes FROM message WHERE id IN (SELECT message_id FROM link)
),
mail AS (
    SELECT work_item_id, count(DISTINCT id) AS messages, max(received_at) AS newest_at,
           min_by(from_address, received_at) AS from_address, min_by(from_name, received_at) AS from_name
    FROM link JOIN held ON id = message_id WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[]) GROUP BY work_item_id
)
SELECT p.reference, p.kind, p.status, p.customer, p.contract, p.service, p.subject, p.opened_at, p.opened_by,
       coalesce(who.name, p.opened_by) AS opened_by_name, p.status_at, w.reference AS merged_into, mail.messages,
       mail.newest_at, mail.from_address, mail.from_name
FROM page AS p JOIN mail ON mail.work_item_id = p.id
LEFT JOIN work_item AS w ON w.id = p.merged_into
LEFT JOIN person AS who ON who.email = p.opened_by
ORDER BY p.opened_at DESC, p.id DESC
