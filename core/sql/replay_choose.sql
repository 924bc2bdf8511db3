-- Which of them end otherwise now. The rest is not touched, so that a second time finds nothing to do.
-- Reads:    concluded, held_back (of conclude_again), looked_at
-- Gives:    chosen (with version, status, cause, subject), linked (empty)
-- Changes:  replaying   the next round: answers to what leaves now
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT m.id, m.version, m.status, m.cause, m.subject
FROM concluded AS c JOIN message AS m ON m.id = c.message_id
WHERE c.status <> m.status OR c.cause IS DISTINCT FROM m.cause;

CREATE OR REPLACE TEMP TABLE linked (message_id UUID, work_item_id UUID);
CREATE OR REPLACE TEMP TABLE replaying AS SELECT id FROM held_back;
