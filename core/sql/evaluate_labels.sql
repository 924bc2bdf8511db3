-- What every message that people decided by hand became: the answer that learners are measured against.
-- Reads:  evidence, rec_target (as of now), target_text.
-- Gives a row each: message_id, week (the Monday of the week it was received in), target.
SELECT e.message_id::VARCHAR AS message_id, date_trunc('week', e.received_at)::TIMESTAMP AS week,
       target_text(t.deed, t.kind, t.customer, t.contract, t.service) AS target
FROM evidence AS e JOIN rec_target AS t ON t.number = e.target
ORDER BY week, e.message_id
