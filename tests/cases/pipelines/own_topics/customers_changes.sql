CREATE TABLE customers_changes (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'kafka', 'topic' = 'dbserver.public.customers', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'debezium-json', 'debezium-json.schema-include' = 'false')
