-- How long a mail takes a person: the time since what they did before, shared by the mails done in one go. After a pause
-- of more than a quarter of an hour nobody knows what it was spent on.
-- Reads:  journal; variables since, as_of
-- Gives:  effort (batch, minutes a mail); variable usual_minutes (the median; 2 where fewer than 20 are known)
CREATE OR REPLACE TEMP TABLE effort AS
WITH act AS (
    SELECT actor, batch, min(happened_at) AS acted_at, count(DISTINCT message_id) AS messages
    FROM journal
    WHERE actor_kind = 'person' AND message_id IS NOT NULL AND action IN ('create', 'attach', 'delete', 'block')
      AND happened_at >= getvariable('since') AND happened_at < getvariable('as_of')
    GROUP BY actor, batch
),
since_last AS (
    SELECT batch, messages, epoch(acted_at - lag(acted_at) OVER (PARTITION BY actor ORDER BY acted_at, batch)) / 60 AS minutes
    FROM act
)
SELECT batch, minutes / messages AS minutes FROM since_last WHERE minutes BETWEEN 0.05 AND 15;

SET VARIABLE usual_minutes = (SELECT CASE WHEN count(*) >= 20 THEN median(minutes) ELSE 2 END FROM effort);
