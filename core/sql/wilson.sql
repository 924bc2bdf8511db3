-- wilson_lower(successes, total): what share is at least behind so many successes. The lower end of the one-sided 95 %
-- interval of E. B. Wilson (1927), z = 1.6449: 3 of 3 are at least 53 %, 300 of 300 at least 99 %. NULL for none of none.
CREATE OR REPLACE TEMP MACRO wilson_lower(successes, total) AS CASE WHEN total > 0 THEN
    greatest(0.0, (successes / total + 1.6449 * 1.6449 / (2 * total)
                   - 1.6449 * sqrt(successes / total * (1 - successes / total) / total
                                   + 1.6449 * 1.6449 / (4.0 * total * total)))
                  / (1 + 1.6449 * 1.6449 / total)) END;
