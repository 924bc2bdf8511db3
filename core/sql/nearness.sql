-- How near an address or a domain is to another one: names for it, NULL where it is not near.
CREATE OR REPLACE TEMP MACRO drawn(domain) AS
    replace(replace(replace(replace(replace(domain, 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'l'), 'i', 'l');
CREATE OR REPLACE TEMP MACRO domain_nearness(one, other) AS CASE
    WHEN one = '' OR other = '' THEN NULL
    WHEN one = other THEN 'same_domain'
    WHEN ends_with(one, '.' || other) OR ends_with(other, '.' || one) THEN 'sub_domain'
    WHEN drawn(one) = drawn(other) THEN 'look_alike'
    WHEN length(one) >= 8 AND damerau_levenshtein(one, other) = 1 THEN 'look_alike'
    WHEN length(one) >= 14 AND damerau_levenshtein(one, other) = 2 THEN 'look_alike' END;
CREATE OR REPLACE TEMP MACRO after_at(address) AS regexp_extract(address, '@([^@]*)$', 1);
CREATE OR REPLACE TEMP MACRO before_at(address) AS regexp_extract(address, '^(.*)@[^@]*$', 1);
-- Two addresses (or patterns) are near when a letter differs, or the domain is nearly the same.
CREATE OR REPLACE TEMP MACRO address_nearness(wanted, address) AS CASE
    WHEN wanted NOT LIKE '*%' AND damerau_levenshtein(wanted, address) = 1 THEN 'one_letter'
    WHEN wanted NOT LIKE '*%' AND length(address) >= 16 AND damerau_levenshtein(wanted, address) = 2 THEN 'one_letter'
    WHEN before_at(wanted) IN ('*', before_at(address)) THEN domain_nearness(after_at(wanted), after_at(address)) END;
