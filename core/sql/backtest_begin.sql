-- Both route sets as tables.   Reads: backtest_entry (side, rank, clause, route, known_as, target_…), the catalog.
-- Gives:  backtest_side   the routes of both sides: side (before, after), rank, clause, target, in_catalog
CREATE OR REPLACE TEMP TABLE backtest_side AS
SELECT e.side, e.rank, e.clause, e.route, e.known_as,
       {'kind': e.target_kind, 'customer': e.target_customer, 'contract': e.target_contract, 'service': e.target_service} AS target,
       c.customer IS NOT NULL AS in_catalog
FROM backtest_entry AS e
LEFT JOIN (SELECT DISTINCT customer, contract, service FROM catalog) AS c
  ON c.customer = e.target_customer AND c.contract = e.target_contract AND c.service = e.target_service;
