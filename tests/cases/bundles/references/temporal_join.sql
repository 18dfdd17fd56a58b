INSERT INTO sink SELECT o.id, r.rate FROM orders AS o
JOIN rates FOR SYSTEM_TIME AS OF o.proc_time AS r ON o.currency = r.currency
