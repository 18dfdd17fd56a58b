CREATE TABLE all_regions (id STRING, n INT, tp STRING METADATA FROM 'topic' VIRTUAL, k STRING)
WITH ('connector' = 'kafka', 'topic-pattern' = 'region-[a-z]+', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'scan.topic-partition-discovery.interval' = '2 s',
      'key.format' = 'raw', 'key.fields' = 'k', 'value.format' = 'json', 'value.fields-include' = 'EXCEPT_KEY')
