-- How much past mail a block would have hit. What a block deleted never waited, so it has no cause.
-- Reads: would_hit (block_would.sql)
SELECT count(*) FILTER (NOT spared) AS messages, count(*) FILTER (NOT spared AND status = 'unprocessed') AS waiting,
       count(*) FILTER (NOT spared AND status = 'processed') AS became_work,
       count(*) FILTER (NOT spared AND status = 'deleted' AND cause IS NULL) AS blocked,
       count(*) FILTER (spared) AS spared
FROM would_hit
