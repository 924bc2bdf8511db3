-- Which of the domains $known (best known first) could the domain $domain be mistaken for?
-- Two look alike when they differ by one or two letters, or only by letters that are drawn alike.
WITH drawn AS (
    SELECT place, domain,
           replace(replace(replace(replace(replace(domain, 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'l'), 'i', 'l') AS form
    FROM (SELECT unnest($known::VARCHAR[]) AS domain, generate_subscripts($known::VARCHAR[], 1) AS place
          UNION ALL SELECT $domain, 0)
)
SELECT k.domain
FROM drawn AS k, (SELECT * FROM drawn WHERE place = 0) AS asked
WHERE k.place > 0 AND NOT list_contains($known::VARCHAR[], asked.domain)
  AND NOT ends_with(asked.domain, '.' || k.domain) AND NOT ends_with(k.domain, '.' || asked.domain)
  AND (k.form = asked.form
       OR length(asked.domain) >= 8 AND damerau_levenshtein(k.domain, asked.domain) = 1
       OR length(asked.domain) >= 14 AND damerau_levenshtein(k.domain, asked.domain) = 2)
ORDER BY k.place LIMIT 3
