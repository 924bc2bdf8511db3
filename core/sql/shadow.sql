-- Writes down what routes in shadow would have taken, each as if it alone were put in force at its place: what an earlier
-- route took, or a step before the routes ended, it would not have had. A row for each message and route.
-- Reads: tried (of match.sql over the routes in shadow), live_taken, concluded.   Gives back: deciding_route
CREATE OR REPLACE TEMP TABLE shadow_taking AS
WITH held AS (
    SELECT t.message_id, t.address, t.delivered, r.id AS route_id, r.version, {'position': r.position, 'name': r.name, 'id': r.id} AS place
    FROM tried AS t JOIN deciding_route AS r USING (rank)
    WHERE len(t.failed) = 0
      AND t.message_id IN (SELECT message_id FROM concluded WHERE step IN ('route', 'delivered', 'none'))
)
SELECT h.message_id, h.route_id, h.version, h.address, h.delivered, l.id AS taken_from
FROM held AS h
LEFT JOIN live_taken AS l ON l.message_id = h.message_id AND l.address = h.address AND l.delivered = h.delivered
WHERE (l.place IS NULL OR h.place < l.place)
  AND (NOT h.delivered OR h.message_id NOT IN (SELECT message_id FROM live_taken WHERE NOT delivered));

INSERT INTO shadow_hit
SELECT s.message_id, s.route_id, any_value(s.version), min_by(s.address, (s.delivered, s.address)),
       min_by(s.taken_from, (s.taken_from IS NULL, s.delivered, s.address)), any_value(c.decided_at)
FROM shadow_taking AS s JOIN concluded AS c USING (message_id)
GROUP BY s.message_id, s.route_id;

CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM live_route;
