-- Where results go: one record for each kind and window.
CREATE TABLE totals (
    kind STRING,
    window_start TIMESTAMP(3),
    window_end TIMESTAMP(3),
    events BIGINT,
    amount DOUBLE
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}NAME_totals',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.transaction.timeout.ms' = '600000',
    'sink.delivery-guarantee' = '${delivery_guarantee}',
    'sink.transactional-id-prefix' = '${job_name}/totals',
    'key.format' = 'raw',
    'key.fields' = 'kind',
    'format' = 'json'
);
