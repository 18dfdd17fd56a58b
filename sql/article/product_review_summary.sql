CREATE TABLE product_review_summary (
    product_id STRING,
    product_name STRING,
    review_count BIGINT,
    average_rating DOUBLE,
    negative_reviews BIGINT,
    positive_reviews BIGINT,
    llm_summary STRING
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_review_summary',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'format' = 'json'
);
