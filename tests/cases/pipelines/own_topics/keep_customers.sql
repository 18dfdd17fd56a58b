INSERT INTO customers SELECT id, UPPER(name) FROM customers_changes
