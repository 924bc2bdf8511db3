-- Turns match.sql from the routes in force to those in shadow.
-- Reads: deciding_route, taken, shadow_route.   Gives: live_taken (who took which address), live_route, deciding_route
CREATE OR REPLACE TEMP TABLE live_taken AS
SELECT t.message_id, t.address, t.delivered, r.id, {'position': r.position, 'name': r.name, 'id': r.id} AS place
FROM taken AS t JOIN deciding_route AS r USING (rank);

CREATE OR REPLACE TEMP TABLE live_route AS SELECT * FROM deciding_route;
CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM shadow_route;
