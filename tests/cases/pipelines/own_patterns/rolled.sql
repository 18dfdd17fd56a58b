CREATE TABLE rolled (city STRING, currency STRING, n BIGINT, PRIMARY KEY (city, currency) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = 'rolled', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'key.format' = 'json', 'value.format' = 'json')
