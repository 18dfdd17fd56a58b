-- The article's fields, then what makes a summary usable: its window (with the product the identity of a replay), the fields
-- of the answer, and which model and prompt it came from.
CREATE TABLE product_review_summary (
    product_id STRING,
    product_name STRING,
    review_count BIGINT,
    average_rating DOUBLE,
    negative_reviews BIGINT,
    positive_reviews BIGINT,
    llm_summary STRING,
    window_start STRING,
    window_end STRING,
    sentiment STRING,
    key_strengths STRING,
    key_complaints STRING,
    summary STRING,
    recommended_action STRING,
    model STRING,
    prompt_version STRING
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_review_summary',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'properties.max.request.size' = '${kafka_max_record_bytes}',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = '${job_name}/product-review-summary',
    -- the broker allows 15 minutes at most; Flink's own default is an hour
    'properties.transaction.timeout.ms' = '600000',
    'key.format' = 'raw',
    'key.fields' = 'product_id',
    'value.format' = 'json'
);
