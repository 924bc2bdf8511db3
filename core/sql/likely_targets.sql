-- What mail like this became before: targets of the same sender's mail, else of the same domain's, most frequent first.
-- Parameters: $id, $mailboxes, $shared_domains (free-mail domains, whose mails have nothing in common).
WITH asked AS MATERIALIZED (SELECT from_address, from_domain FROM message WHERE id = $id::UUID),
written AS MATERIALIZED (  -- whose mail may be seen is asked last: of this domain's only
    SELECT id, from_address, mailboxes FROM message
    WHERE from_domain = (SELECT from_domain FROM asked) AND from_domain <> '' AND id <> $id::UUID AND status = 'processed'
),
past AS MATERIALIZED (
    SELECT w.id, w.from_address = a.from_address AS same_sender FROM written AS w, asked AS a
    WHERE list_has_any(w.mailboxes, $mailboxes::VARCHAR[])
      AND (w.from_address = a.from_address OR NOT list_contains($shared_domains::VARCHAR[], a.from_domain))
)
SELECT w.kind, w.customer, w.contract, w.service, count(*) FILTER (same_sender) AS by_sender, count(*) AS by_domain
FROM past AS p JOIN work_item_message AS o ON o.message_id = p.id JOIN work_item AS w ON w.id = o.work_item_id
WHERE w.status <> 'withdrawn' AND (w.customer, w.contract, w.service) IN (SELECT (customer, contract, service) FROM catalog)
GROUP BY ALL ORDER BY by_sender DESC, by_domain DESC LIMIT 3
