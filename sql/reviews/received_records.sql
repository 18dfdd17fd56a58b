-- What people and programs sent: all but the heartbeats.
CREATE VIEW received_records AS
SELECT
    payload,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    received_at,
    proc_time
FROM product_reviews
WHERE headers['heartbeat'] IS NULL;
