CREATE TABLE product_reviews (
    review_id STRING,
    product_id STRING,
    product_name STRING,
    rating INT,
    review_text STRING,
    proc_time AS PROCTIME()
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_reviews',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/product-reviews-source',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'json'
);
