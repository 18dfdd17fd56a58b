CREATE TABLE customers (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = 'customers', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'key.format' = 'csv', 'value.format' = 'json')
