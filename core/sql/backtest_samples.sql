-- Backtest, message by message: the newest of each kind, route and verdict.   Reads: backtest_change.   Parameter: $samples.
SELECT m.id::VARCHAR AS id, m.received_at, m.mailbox, m.from_address, m.subject, m.status, c.kind, c.address,
       coalesce(c.before_route, '') AS before_route, coalesce(c.after_route, '') AS after_route,
       concat_ws(' · ', upper(c.target.kind[1]) || c.target.kind[2:], c.target.customer, c.target.contract, c.target.service) AS target,
       c.status_before, c.status_after, c.verdict, c.became
FROM (SELECT * FROM backtest_change
      QUALIFY row_number() OVER (PARTITION BY kind, before_route, after_route, verdict ORDER BY message_id DESC) <= $samples) AS c
JOIN message AS m ON m.id = c.message_id
ORDER BY m.received_at DESC, m.id, c.address
