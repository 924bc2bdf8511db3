-- What mail like this became before: targets of the same sender's mail, else of the same domain's, most frequent first.
-- Parameters: $id, $mailboxes, $shared_domains (free-mail domains, whose mails have nothing in common).
WITH asked AS (SELECT * FROM message WHERE id = $id::UUID),
past AS (
    SELECT m.id, m.from_address = a.from_address AS same_sender
    FROM message AS m JOIN asked AS a
      ON m.from_domain = a.from_domain AND m.id <> a.id AND m.status = 'processed'
    WHERE a.from_domain <> '' AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
      AND (m.from_address = a.from_address OR NOT list_contains($shared_domains::VARCHAR[], a.from_domain))
)
SELECT w.kind, w.customer, w.contract, w.service, count(*) FILTER (same_sender) AS by_sender, count(*) AS by_domain
FROM past AS p JOIN work_item_message AS o ON o.message_id = p.id JOIN work_item AS w ON w.id = o.work_item_id
WHERE w.status <> 'withdrawn' AND (w.customer, w.contract, w.service) IN (SELECT (customer, contract, service) FROM catalog)
GROUP BY ALL ORDER BY by_sender DESC, by_domain DESC LIMIT 3
