-- The recommendations with what a person wants to know of them, those that save most time first.
-- Reads:  recommended, held, evidence, effort; variables usual_minutes, showing and least_for_blocks (bounds).
-- A desk's usual minutes count as five mails of their own, so that one slow mail makes no long one of all.
WITH taking AS (
    SELECT h.number, (coalesce(sum(f.minutes), 0) + 5 * getvariable('usual_minutes')) / (count(f.minutes) + 5) AS minutes
    FROM held AS h JOIN evidence AS e USING (message_id) LEFT JOIN effort AS f USING (batch)
    WHERE h.verdict = 'agreed' GROUP BY h.number
),
refused AS (  -- the newest refusal of the same conditions, where the evidence has changed since
    SELECT DISTINCT ON (r.number) r.number, a.id::VARCHAR AS answer_id, a.reason, a.answered_by,
           coalesce(p.name, a.answered_by) AS answered_by_name, a.answered_at
    FROM recommended AS r JOIN recommendation_answer AS a
      ON a.answer = 'refused' AND a.withdrawn_at IS NULL AND a.recipient = r.recipient AND a.sender = r.sender
     AND a.mailbox IS NOT DISTINCT FROM r.mailbox AND a.list_id IS NOT DISTINCT FROM r.list_id
    LEFT JOIN person_ever AS p ON p.email = a.answered_by
    ORDER BY r.number, a.answered_at DESC
)
SELECT r.* EXCLUDE (id, version), md5(concat_ws('|', r.mailbox, r.recipient, r.sender, r.subject_contains, r.subject_regex,
           r.list_id, r.deed, r.kind, r.customer, r.contract, r.service))[:12] AS key,
       t.minutes, r.lately / 4 AS per_week, t.minutes * r.lately / 4 AS saved, f.* EXCLUDE (number)
FROM recommended AS r LEFT JOIN taking AS t USING (number) LEFT JOIN refused AS f USING (number)
-- A habit that has ended saves nobody a minute. There is no shadow of a block: it is sure enough, or it is not told.
WHERE r.at_least >= CASE WHEN r.deed = 'delete' THEN getvariable('least_for_blocks') ELSE getvariable('showing') END
  AND r.lately > 0
  AND (r.deed = 'delete' OR (r.customer, r.contract, r.service) IN (SELECT (customer, contract, service) FROM catalog))
ORDER BY round(saved, 6) DESC, round(r.at_least, 6) DESC, r.place
