CREATE TABLE region_north (id STRING, n INT) WITH ('connector' = 'kafka', 'topic' = 'region-north', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json')
