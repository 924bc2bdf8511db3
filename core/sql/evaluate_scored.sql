-- Every offer beside what people made of the message.
-- Reads:  evaluate_offer (learner, week, message_id, place, target, confidence, offered), evaluate_label, evaluate_learner
-- Gives:  evaluate_answer   a row for each learner and message of the weeks tested: what it would route (NULL: nothing),
--                           whether it is sure enough to (offered), whether that is right
--         evaluate_place    a row for each learner and message that became work: the place of its target among the
--                           three suggestions, NULL where it is not among them
CREATE OR REPLACE TEMP TABLE evaluate_answer AS
SELECT e.learner, l.week, l.message_id, l.target AS became, o.target AS said, o.confidence,
       coalesce(o.offered, false) AS offered, coalesce(o.target = l.target, false) AS is_right
FROM evaluate_learner AS e CROSS JOIN evaluate_label AS l
LEFT JOIN evaluate_offer AS o ON o.learner = e.learner AND o.message_id = l.message_id AND o.place = 0
WHERE l.tested;

CREATE OR REPLACE TEMP TABLE evaluate_place AS
SELECT e.learner, l.message_id, min(o.place) AS place
FROM evaluate_learner AS e CROSS JOIN evaluate_label AS l
LEFT JOIN evaluate_offer AS o ON o.learner = e.learner AND o.message_id = l.message_id AND o.place > 0 AND o.target = l.target
WHERE l.tested AND l.target <> 'delete' GROUP BY e.learner, l.message_id;
