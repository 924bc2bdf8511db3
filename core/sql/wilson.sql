-- wilson_lower(successes, total): what share is at least behind so many successes. The lower end of the one-sided 95 %
-- interval of E. B. Wilson (1927), z = 1.6449: 3 of 3 are at least 53 %, 300 of 300 at least 99 %. NULL for none of none.
CREATE OR REPLACE TEMP MACRO wilson_lower(successes, total) AS CASE WHEN total > 0 THEN
    greatest(0.0, (successes / total + 1.6449 * 1.6449 / (2 * total)
                   - 1.6449 * sqrt(successes / total * (1 - successes / total) / total
                                   + 1.6449 * 1.6449 / (4.0 * total * total)))
                  / (1 + 1.6449 * 1.6449 / total)) END;

-- The same of weights: of `weight` in all (`squared`: of their squares) so much `agreed`. As many stand behind it as those
-- weights are worth (L. Kish, Survey Sampling, 1965: the square of the sum over the sum of the squares).
CREATE OR REPLACE TEMP MACRO wilson_lower_weighted(agreed, weight, squared) AS
    wilson_lower(agreed * weight / squared, weight * weight / squared);
