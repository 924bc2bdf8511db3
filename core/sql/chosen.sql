-- What an action works on, from `within` (within.sql).
-- Gives:  chosen     those that may be changed now
--         overtaken  those that somebody else changed first, with the newest journal entry about them (overtaken.sql)
--         linked     starts empty: the work items that messages go to
CREATE OR REPLACE TEMP TABLE chosen AS SELECT id, version, status, cause, subject FROM within WHERE unchanged;
CREATE OR REPLACE TEMP TABLE overtaken (id UUID, subject VARCHAR, actor VARCHAR, action VARCHAR, happened_at TIMESTAMP);
CREATE OR REPLACE TEMP TABLE linked (message_id UUID, work_item_id UUID);
