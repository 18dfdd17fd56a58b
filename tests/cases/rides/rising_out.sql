CREATE TABLE rising_out (rider_id STRING, first_fare DECIMAL(10, 2), last_fare DECIMAL(10, 2))
WITH ('connector' = 'kafka', 'topic' = 'rising_out', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json')
