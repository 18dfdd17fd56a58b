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
    'topic' = '${topic_prefix}product_review_context',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/product-review-context-llm',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'json'
);
