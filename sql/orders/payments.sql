-- Payments, as the payment team publishes them: their topic, which this bundle reads and never makes, changes or removes.
CREATE TABLE payments (
    payment_id STRING,
    order_id STRING,
    paid DECIMAL(10, 2),
    paid_at TIMESTAMP(3),
    WATERMARK FOR paid_at AS paid_at - INTERVAL '5' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = 'payments',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/payments',
    'scan.startup.mode' = 'earliest-offset',
    'scan.watermark.idle-timeout' = '10 s',
    'format' = 'json'
);
