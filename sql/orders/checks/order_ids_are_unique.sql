-- An order id belongs to one customer; corrections of an order keep both.
-- sample: all
SELECT order_id, COUNT(*) AS customers
FROM (SELECT DISTINCT order_id, customer_id FROM orders)
GROUP BY order_id
HAVING COUNT(*) > 1;
