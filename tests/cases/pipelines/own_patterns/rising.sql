CREATE TABLE rising (rider_id STRING, first_trip STRING, last_trip STRING, steps BIGINT)
WITH ('connector' = 'kafka', 'topic' = 'rising', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json')
