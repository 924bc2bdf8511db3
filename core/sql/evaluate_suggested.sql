-- What is suggested to people for the mail of a fold.   Reads: suggestion, rec_target, target_text.   Changes: offer.
INSERT INTO offer
SELECT s.message_id, row_number() OVER (PARTITION BY s.message_id ORDER BY s.place) AS place,
       target_text(t.deed, t.kind, t.customer, t.contract, t.service), NULL
FROM suggestion AS s JOIN rec_target AS t ON t.number = s.target
WHERE t.deed = 'work';
