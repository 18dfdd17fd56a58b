CREATE TABLE orders_csv (id INT, item STRING, price DECIMAL(10, 2), at_time TIMESTAMP(3))
WITH ('connector' = 'kafka', 'topic' = 'orders_csv', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'csv', 'csv.allow-comments' = 'true', 'csv.null-literal' = 'NULL')
