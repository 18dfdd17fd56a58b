CREATE TABLE product_review_context (
    product_id STRING,
    product_name STRING,
    window_start TIMESTAMP(3),
    window_end TIMESTAMP(3),
    review_count BIGINT,
    average_rating DOUBLE,
    negative_reviews BIGINT,
    positive_reviews BIGINT,
    reviews STRING
) WITH (
    'connector' = 'kafka',
    'topic' = 'product_review_context',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = 'product-review-context',
    -- the broker allows 15 minutes at most; Flink's own default is an hour
    'properties.transaction.timeout.ms' = '600000',
    'key.format' = 'raw',
    'key.fields' = 'product_id',
    'value.format' = 'json'
);
