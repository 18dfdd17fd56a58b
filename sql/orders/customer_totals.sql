-- One row for each customer, the newest wins: the topic is compacted.
CREATE TABLE customer_totals (
    customer_id STRING,
    paid_orders BIGINT,
    amount DECIMAL(38, 2),
    last_paid_at TIMESTAMP(3),
    PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'topic' = '${topic_prefix}customer_totals',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.transaction.timeout.ms' = '600000',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = '${job_name}/customer-totals',
    'key.format' = 'json',
    'value.format' = 'json'
);
