-- Orders of our own shop. The key is the order, so that an order and its corrections stay in one partition.
CREATE TABLE orders (
    order_id STRING,
    customer_id STRING,
    amount DECIMAL(10, 2),
    ordered_at TIMESTAMP(3),
    WATERMARK FOR ordered_at AS ordered_at - INTERVAL '5' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}orders',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/orders',
    'scan.startup.mode' = 'earliest-offset',
    'scan.watermark.idle-timeout' = '10 s',
    'key.format' = 'raw',
    'key.fields' = 'order_id',
    'format' = 'json'
);
