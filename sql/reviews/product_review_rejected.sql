-- Dead letters of the first stage. `payload` is the record byte for byte (base64 in JSON), so it can be mended and fed again.
CREATE TABLE product_review_rejected (
    reason STRING,
    kafka_partition INT,
    kafka_offset BIGINT,
    received_at TIMESTAMP_LTZ(3),
    payload BYTES
) WITH (
    'connector' = 'kafka',
    'topic' = 'product_review_rejected',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'format' = 'json',
    'json.timestamp-format.standard' = 'ISO-8601'
);
