-- Domains we know well that a sender's domain could be mistaken for. Parameters: $domain, $mailboxes.
-- Two domains look alike when they differ by one or two letters, or only by letters that are drawn alike.
WITH known AS (
    SELECT from_domain AS domain, count(*) AS messages FROM message
    WHERE status = 'processed' AND from_domain <> '' AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
    GROUP BY from_domain HAVING count(*) >= 3
    UNION ALL SELECT DISTINCT domain, 1000000 FROM mailbox
),
drawn AS (
    SELECT domain, messages,
           replace(replace(replace(replace(replace(domain, 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'l'), 'i', 'l') AS form
    FROM known
)
SELECT domain FROM drawn
WHERE domain <> $domain AND $domain NOT IN (SELECT domain FROM known WHERE messages >= 20)
  AND NOT ends_with($domain, '.' || domain) AND NOT ends_with(domain, '.' || $domain)
  AND (form = replace(replace(replace(replace(replace($domain, 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'l'), 'i', 'l')
       OR length($domain) >= 8 AND damerau_levenshtein(domain, $domain) = 1
       OR length($domain) >= 14 AND damerau_levenshtein(domain, $domain) = 2)
ORDER BY messages DESC LIMIT 3
