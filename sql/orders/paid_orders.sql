-- An order and its payment, where the payment came in time. An interval join keeps its rows only as long as they can meet a partner.
CREATE VIEW paid_orders AS
SELECT
    o.order_id,
    o.customer_id,
    o.amount,
    p.paid_at
FROM orders AS o
JOIN payments AS p
    ON o.order_id = p.order_id
    AND p.paid_at BETWEEN o.ordered_at AND o.ordered_at + INTERVAL '${pay_within_minutes}' MINUTE
WHERE o.amount >= ${smallest_amount} AND p.paid >= o.amount;
