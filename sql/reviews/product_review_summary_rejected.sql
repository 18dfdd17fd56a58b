-- Dead letters of the second stage: the context that was asked about and what came back, each cut at a length that a record can
-- hold (100,000 and 20,000 characters). Partition and offset say where the whole context lies.
CREATE TABLE product_review_summary_rejected (
    reason STRING,
    kafka_partition INT,
    kafka_offset BIGINT,
    context STRING,
    llm_answer STRING,
    model STRING,
    prompt_version STRING,
    upstream_status INT,
    error_text STRING,
    request_id STRING
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_review_summary_rejected',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.block.ms' = '15000',
    'properties.max.request.size' = '${kafka_max_record_bytes}',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = '${job_name}/product-review-summary-rejected',
    -- the broker allows 15 minutes at most; Flink's own default is an hour
    'properties.transaction.timeout.ms' = '600000',
    'format' = 'json'
);
