-- One fold: what may be learned from before a week, and the mail of that week to be told.
-- Reads:  evidence, rec_target (as of the start of the week), evaluate_label, target_text; variable week
-- Gives:  learned   (message_id, target) what people had decided by then
--         asked     (id) the mail of the week that people decided by hand later on
--         fold_key  (message_id, rung, key) what baselines know a message by: its sender, its list, its sender's domain
CREATE OR REPLACE TEMP TABLE learned AS
SELECT e.message_id, target_text(t.deed, t.kind, t.customer, t.contract, t.service) AS target
FROM evidence AS e JOIN rec_target AS t ON t.number = e.target;

CREATE OR REPLACE TEMP TABLE asked AS
SELECT message_id::UUID AS id FROM evaluate_label WHERE week = getvariable('week');

CREATE OR REPLACE TEMP TABLE fold_mail AS
SELECT m.* FROM message AS m WHERE m.id IN (SELECT message_id FROM learned UNION ALL SELECT id FROM asked);

CREATE OR REPLACE TEMP VIEW fold_key AS
SELECT id AS message_id, 'sender' AS rung, from_address AS key FROM fold_mail WHERE from_address <> ''
UNION ALL
SELECT id, 'list', list_id FROM fold_mail WHERE list_id <> ''
UNION ALL
SELECT id, 'domain', from_domain FROM fold_mail WHERE from_domain <> '';
