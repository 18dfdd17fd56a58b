-- Heartbeats in the topic of the reviews. A window closes when every partition is past its end, so a partition that fell
-- silent needs one record more. They are known by their header; their keys reach every partition.
CREATE TABLE product_review_heartbeats (
    partition_key STRING,
    payload STRING,
    headers MAP<STRING, BYTES> METADATA,
    sent_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_reviews',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'sink.delivery-guarantee' = 'at-least-once',
    'key.format' = 'raw',
    'key.fields' = 'partition_key',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY'
);
