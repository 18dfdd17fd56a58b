-- Dead letters of the first stage. `payload` is the record byte for byte up to 65,536 bytes (base64 in JSON), so it can be fixed
-- and fed again. What is longer has its length in `payload_bytes`, and can be read where it lies: topic, partition, offset.
CREATE TABLE product_review_rejected (
    reason STRING,
    kafka_topic STRING,
    kafka_partition INT,
    kafka_offset BIGINT,
    received_at TIMESTAMP_LTZ(3),
    payload_bytes INT,
    payload BYTES
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_review_rejected',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'properties.max.request.size' = '${kafka_max_record_bytes}',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = '${job_name}/product-review-rejected',
    -- the broker allows 15 minutes at most; Flink's own default is an hour
    'properties.transaction.timeout.ms' = '600000',
    'format' = 'json',
    'json.timestamp-format.standard' = 'ISO-8601'
);
