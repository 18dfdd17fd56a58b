-- The records as they lie in Kafka. Bytes, not JSON: a record that cannot be parsed must be judged, not stop the job.
-- Windows go by Kafka's own timestamp, so that a replay and a backlog give the same windows. The topic stamps records on
-- arrival (bundle.yaml), so a partition's records are in order. A second of tolerance covers a broker's clock set back.
CREATE TABLE product_reviews (
    payload BYTES,
    kafka_topic STRING METADATA FROM 'topic' VIRTUAL,
    kafka_partition INT METADATA FROM 'partition' VIRTUAL,
    kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
    received_at TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
    headers MAP<STRING, BYTES> METADATA VIRTUAL,
    proc_time AS PROCTIME(),
    -- a timestamp from the future must not make all that comes after it late
    WATERMARK FOR received_at AS
        CASE WHEN received_at <= CURRENT_TIMESTAMP + INTERVAL '1' MINUTE THEN received_at - INTERVAL '1' SECOND END
) WITH (
    'connector' = 'kafka',
    'topic' = '${topic_prefix}product_reviews',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/product-reviews-source',
    -- without these two a missing broker goes unnoticed for a minute
    'properties.default.api.timeout.ms' = '15000',
    'properties.request.timeout.ms' = '10000',
    'properties.isolation.level' = 'read_committed',
    'scan.startup.mode' = 'earliest-offset',
    'scan.topic-partition-discovery.interval' = '10 s',
    -- a partition read far ahead of the others would hold all their windows open; 240 times real time is the bound of a backlog
    'scan.watermark.alignment.group' = 'product-reviews',
    'scan.watermark.alignment.max-drift' = '2 min',
    'scan.watermark.alignment.update-interval' = '500 ms',
    'scan.watermark.idle-timeout' = '${source_idle_timeout}',
    'format' = 'raw'
);
