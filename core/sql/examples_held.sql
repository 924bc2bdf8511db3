-- Whether each pinned mail goes to its route or not, as it must, under the routes laid out.
-- Reads:  route_example, deciding_route, hit (of match.sql, over the messages of examples.sql)
-- Gives:  example_held (route_id, message_id, must_catch, holds, caught_by: names of the routes that take it)
--         for the routes laid out; one that is switched off or in shadow takes nothing, and is asked nothing
CREATE OR REPLACE TEMP TABLE example_hit AS SELECT message_id, delivered, rank FROM hit;

CREATE OR REPLACE TEMP TABLE example_held AS
WITH caught AS (
    SELECT message_id, rank FROM example_hit WHERE NOT delivered
    UNION
    SELECT message_id, min(rank) FROM example_hit
    WHERE delivered AND message_id NOT IN (SELECT message_id FROM example_hit WHERE NOT delivered) GROUP BY message_id
),
taker AS (
    SELECT c.message_id, list(r.id) AS ids, string_agg(r.name, ', ' ORDER BY r.rank) AS names
    FROM caught AS c JOIN deciding_route AS r USING (rank) GROUP BY c.message_id
)
SELECT e.route_id, e.message_id, e.must_catch, coalesce(list_contains(t.ids, e.route_id), false) = e.must_catch AS holds,
       t.names AS caught_by
FROM route_example AS e LEFT JOIN taker AS t USING (message_id)
WHERE e.route_id IN (SELECT id FROM deciding_route);
