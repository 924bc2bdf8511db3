-- What came of a turn.
-- Parameters: $turn, $now.
-- Reads: came (uid, outcome, evidence, target_uid_validity, target_uid, problem); outcome NULL: it stays pending.
UPDATE server_effect
SET outcome = c.outcome, done_at = CASE WHEN c.outcome IS NOT NULL THEN $now::TIMESTAMP END,
    evidence = c.evidence, problem = c.problem, target_uid = c.target_uid,
    target_uid_validity = coalesce(c.target_uid_validity, server_effect.target_uid_validity)
FROM came AS c WHERE server_effect.turn = $turn::UUID AND server_effect.uid = c.uid
