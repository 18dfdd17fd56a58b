-- Where events come in: a topic of JSON records, one event each.
-- happened_at is event time. An event may come 2 seconds late; one that comes later than that counts for no window any more.
CREATE TABLE events (
    event_id STRING,
    kind STRING,
    amount DOUBLE,
    happened_at TIMESTAMP(3),
    WATERMARK FOR happened_at AS happened_at - INTERVAL '2' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}NAME_events',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/events',
    'scan.startup.mode' = 'earliest-offset',
    -- With several partitions, one without events would hold all windows open.
    'scan.watermark.idle-timeout' = '5 s',
    'key.format' = 'raw',
    'key.fields' = 'kind',
    'format' = 'json'
);
