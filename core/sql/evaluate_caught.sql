-- What the recommended routes would do to the mail of a fold.
-- Reads:  holding (match.sql over evaluate_asked.sql), recommended, target_text; variable offered_from (a bound)
-- Gives:  offer   as evaluate_ladder.sql does, without suggestions. The routes that are sure enough to be offered stand
--                 before those that would only run in shadow; of each, the first that holds for an address of the message
--                 counts, for the address of the delivery only where none does for another (DESIGN §2, step 7).
CREATE OR REPLACE TEMP TABLE offer AS
WITH first AS (
    SELECT h.message_id, arg_min(h.rank, (r.at_least < getvariable('offered_from'), h.delivered, h.rank)) AS rank
    FROM holding AS h JOIN recommended AS r USING (rank) GROUP BY h.message_id
)
SELECT f.message_id, 0::BIGINT AS place, target_text(r.deed, r.kind, r.customer, r.contract, r.service) AS target,
       r.at_least::DOUBLE AS confidence
FROM first AS f JOIN recommended AS r USING (rank);
