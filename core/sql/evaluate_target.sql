-- target_text(deed, kind, customer, contract, service): a target as text. Targets are numbered anew whenever something is
-- learned; the text is what all weeks have in common.
CREATE OR REPLACE TEMP MACRO target_text(deed, kind, customer, contract, service) AS
    CASE WHEN deed = 'delete' THEN 'delete' ELSE concat_ws(' · ', kind, customer, contract, service) END;
