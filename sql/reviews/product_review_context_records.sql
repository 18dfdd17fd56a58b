-- The context topic as the second stage reads it: bytes again, so that a foreign record in it cannot stop the job.
CREATE TABLE product_review_context_records (
    payload BYTES,
    kafka_partition INT METADATA FROM 'partition' VIRTUAL,
    kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_review_context',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/product-review-context-llm',
    'properties.default.api.timeout.ms' = '15000',
    'properties.request.timeout.ms' = '10000',
    'properties.isolation.level' = 'read_committed',
    'scan.startup.mode' = 'earliest-offset',
    'scan.topic-partition-discovery.interval' = '10 s',
    'format' = 'raw'
);
