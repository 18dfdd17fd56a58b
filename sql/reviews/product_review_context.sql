-- One record per product and window. Whatever comes in, it is below 100 kB: names have at most 200 characters, `reviews` is a
-- JSON array of at most 24 texts of 400 characters. The counts and the average are over all reviews of the window.
CREATE TABLE product_review_context (
    product_id STRING,
    product_name STRING,
    window_start TIMESTAMP_LTZ(3),
    window_end TIMESTAMP_LTZ(3),
    review_count BIGINT,
    average_rating DOUBLE,
    negative_reviews BIGINT,
    positive_reviews BIGINT,
    reviews STRING,
    reviews_left_out BIGINT
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_review_context',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'properties.max.request.size' = '${kafka_max_record_bytes}',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = '${job_name}/product-review-context',
    -- the broker allows 15 minutes at most; Flink's own default is an hour
    'properties.transaction.timeout.ms' = '600000',
    'key.format' = 'raw',
    'key.fields' = 'product_id',
    'value.format' = 'json',
    -- with its zone: 2026-11-28T11:00:00Z
    'value.json.timestamp-format.standard' = 'ISO-8601'
);
