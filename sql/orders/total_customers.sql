-- What customers have paid. A customer who pays nothing for a month begins anew.
-- table.exec.state.ttl: 30 d
INSERT INTO customer_totals
SELECT
    customer_id,
    COUNT(*) AS paid_orders,
    SUM(amount) AS amount,
    CAST(MAX(paid_at) AS TIMESTAMP(3)) AS last_paid_at
FROM paid_orders
GROUP BY customer_id;
