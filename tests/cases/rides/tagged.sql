CREATE TABLE tagged (trip_id STRING, label STRING)
WITH ('connector' = 'kafka', 'topic' = 'tagged', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json')
