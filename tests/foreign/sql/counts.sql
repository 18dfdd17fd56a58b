INSERT INTO totals SELECT city, COUNT(*) FROM orders_read GROUP BY city;
