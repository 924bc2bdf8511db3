-- Views over the tables of schema.sql; laid anew whenever this text changes.

-- The newest version of every route, in force or not.
CREATE OR REPLACE VIEW route_newest AS
SELECT * FROM route WHERE (id, version) IN (SELECT (id, max(version)) FROM route GROUP BY id);

-- The version of every route that counts: a version that waits for approval stands aside.
CREATE OR REPLACE VIEW route_standing AS
SELECT * FROM route
WHERE (id, version) IN (SELECT (id, max(version)) FROM route
                        WHERE needs_approval IS NOT TRUE OR acknowledged_by IS NOT NULL GROUP BY id);

-- The routes in force, ranked; the lowest rank that matches wins.
CREATE OR REPLACE VIEW route_set AS
SELECT *, row_number() OVER (ORDER BY position, name, id) AS rank
FROM route_standing WHERE active AND NOT removed AND shadow IS NOT TRUE;

-- The routes in shadow, ranked among themselves.
CREATE OR REPLACE VIEW route_shadow AS
SELECT *, row_number() OVER (ORDER BY position, name, id) AS rank
FROM route_standing WHERE active AND NOT removed AND shadow;

-- What a change of many routes at once writes anew: the newest version of each and, where that one waits for approval,
-- the one that counts till then; `next` is the version each gets.
CREATE OR REPLACE VIEW route_again AS
SELECT s.*, n.version + 1 AS next FROM route_standing AS s JOIN route_newest AS n USING (id)
WHERE s.version < n.version AND NOT s.removed
UNION ALL
SELECT n.*, n.version + CASE WHEN s.version < n.version AND NOT s.removed THEN 2 ELSE 1 END AS next
FROM route_newest AS n LEFT JOIN route_standing AS s USING (id)
WHERE NOT n.removed OR s.version < n.version AND NOT s.removed;

-- Blocks and allows that apply, were they asked at a moment: compare expires_at with that moment.
CREATE OR REPLACE VIEW entry_in_force AS
SELECT * FROM block WHERE lifted_at IS NULL;

CREATE OR REPLACE VIEW block_in_force AS
SELECT * FROM block WHERE lifted_at IS NULL AND effect = 'block';

CREATE OR REPLACE VIEW allow_in_force AS
SELECT * FROM block WHERE lifted_at IS NULL AND effect = 'allow';

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
