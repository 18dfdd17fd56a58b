INSERT INTO order_items SELECT item, price, EXTRACT(HOUR FROM at_time) FROM orders_csv WHERE item LIKE '%a;%' ESCAPE '!' OR item IS NULL
