CREATE TABLE `select` (`from` STRING, `where` STRING, PRIMARY KEY (`from`, `where`) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = 'select', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'key.format' = 'json', 'value.format' = 'json')
