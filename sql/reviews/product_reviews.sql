-- The records as they lie in Kafka. Bytes, not JSON: a record that cannot be parsed must be judged, not stop the job.
CREATE TABLE product_reviews (
    payload BYTES,
    kafka_partition INT METADATA FROM 'partition' VIRTUAL,
    kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
    received_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
    proc_time AS PROCTIME()
) WITH (
    'connector' = 'kafka',
    'topic' = 'product_reviews',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = 'product-reviews-source',
    -- without these two a missing broker goes unnoticed for a minute
    'properties.default.api.timeout.ms' = '15000',
    'properties.request.timeout.ms' = '10000',
    'properties.isolation.level' = 'read_committed',
    'scan.startup.mode' = 'earliest-offset',
    'scan.topic-partition-discovery.interval' = '10 s',
    'format' = 'raw'
);
