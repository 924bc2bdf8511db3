-- Views over the tables of schema.sql; laid anew whenever this text changes.

-- The routes in force: the newest version of each, ranked; the lowest rank that matches wins.
CREATE OR REPLACE VIEW route_set AS
SELECT * EXCLUDE (newest), row_number() OVER (ORDER BY position, name, id) AS rank
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY version DESC) AS newest FROM route)
WHERE newest = 1 AND active AND NOT removed;

-- The newest version of every route, in force or not.
CREATE OR REPLACE VIEW route_newest AS
SELECT * EXCLUDE (newest)
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY version DESC) AS newest FROM route)
WHERE newest = 1;

-- Blocks that apply, were they asked at a moment: compare expires_at with that moment.
CREATE OR REPLACE VIEW block_in_force AS
SELECT * FROM block WHERE lifted_at IS NULL;

-- The newest decision of each message.
CREATE OR REPLACE VIEW decision_newest AS
SELECT message_id, max_by(id, (decided_at, id)) AS decision_id FROM decision GROUP BY message_id;

-- Everybody who works here or once did, for the names in histories.
CREATE OR REPLACE VIEW person_ever AS
SELECT email, name FROM person
UNION ALL
SELECT name AS email, max_by(json_extract_string(before, '$.name'), id) AS name
FROM setting_change
WHERE section = 'person' AND before IS NOT NULL AND name NOT IN (SELECT email FROM person) GROUP BY name;
