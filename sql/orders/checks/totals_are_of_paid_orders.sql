-- A customer has a row only for what was paid.
SELECT customer_id, paid_orders, amount
FROM customer_totals
WHERE paid_orders < 1 OR amount < 0 OR last_paid_at IS NULL;
