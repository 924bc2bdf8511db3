-- What was chosen, as an ordered set of routes: the least general first, as they would have to stand.
-- Reads:  chosen_rule, measured, rec_target.   Gives: recommended (with the columns that match.sql wants of deciding_route)
CREATE OR REPLACE TEMP TABLE recommended AS
SELECT row_number() OVER (ORDER BY t.deed = 'work', m.specific DESC, m.at_least DESC, m.number) AS rank, NULL::UUID AS id, 0 AS version,
       c.place AS position, m.number, m.target, t.deed, t.kind, t.customer, t.contract, t.service, m.specific, m.shape,
       m.mailbox, m.recipient, m.sender::VARCHAR[] AS sender, m.subject_contains::VARCHAR[] AS subject_contains,
       m.subject_regex, []::VARCHAR[] AS body_contains, m.list_id, NULL::BOOLEAN AS has_attachment, m.match_delivered,
       m.support, m.agreeing, m.against, m.waiting, m.at_least, m.weeks, m.lately, m.first_at, m.last_at,
       m.changed_at,
       c.place, c.handled AS new_handled, c.agreeing AS new_agreeing, c.against AS new_against, c.waiting AS new_waiting
FROM (SELECT *, row_number() OVER (ORDER BY bound DESC, score DESC)::INTEGER AS place FROM chosen_rule) AS c
JOIN measured AS m USING (number) JOIN rec_target AS t ON t.number = m.target;
