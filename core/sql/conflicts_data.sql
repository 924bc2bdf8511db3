-- For each route whose conditions past mail meets: how many mails, whether it took any, and which routes took them.
-- Reads: holding (match.sql), deciding_route.   Gives: rank, mails, fires, takers (how many, by rank).
-- A route that stands behind another one for each of its mails never fires, whatever its conditions say.
WITH held AS MATERIALIZED (SELECT DISTINCT message_id, address, delivered, rank FROM holding),
addressed AS (SELECT DISTINCT message_id FROM held WHERE NOT delivered),
-- Step 6 looks at each address on its own; step 7 at all delivery addresses, where step 6 caught nothing.
turn AS (
    SELECT message_id, rank, min(rank) OVER (PARTITION BY message_id, address) AS taker FROM held WHERE NOT delivered
    UNION ALL
    SELECT message_id, rank, min(rank) OVER (PARTITION BY message_id) FROM held
    WHERE delivered AND message_id NOT IN (SELECT message_id FROM addressed)
),
lost AS (
    SELECT rank, map_from_entries(list((taker, mails))) AS takers
    FROM (SELECT rank, taker, count(DISTINCT message_id) AS mails FROM turn WHERE taker <> rank GROUP BY ALL) GROUP BY rank
)
SELECT rank, t.mails, t.fires, coalesce(l.takers, MAP {}) AS takers
FROM (SELECT rank, count(DISTINCT message_id) AS mails, bool_or(taker = rank) AS fires FROM turn GROUP BY rank) AS t
LEFT JOIN lost AS l USING (rank)
