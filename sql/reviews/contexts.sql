-- Stage one: every record ends either in a product's context of its window or among the rejected ones.
-- Windows are aligned to UTC, and what the three sinks share is computed once.
-- table.local-time-zone: UTC
-- table.optimizer.reuse-optimize-block-with-digest-enabled: true
EXECUTE STATEMENT SET
BEGIN

INSERT INTO product_review_rejected
SELECT
    reason,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    received_at,
    CHAR_LENGTH(DECODE(payload, 'ISO-8859-1')),
    -- Flink 2.1 fills a shorter value up with zeros
    CASE WHEN CHAR_LENGTH(DECODE(payload, 'ISO-8859-1')) > 65536 THEN CAST(payload AS VARBINARY(65536)) ELSE payload END
FROM windowed_reviews
WHERE reason <> 'ok';

INSERT INTO product_review_context
SELECT
    product_id,
    product_name,
    -- window_start and window_end are local times; window_time is the window's last millisecond, an instant
    TIMESTAMPADD(SECOND, -${window_seconds}, window_time + INTERVAL '0.001' SECOND),
    window_time + INTERVAL '0.001' SECOND,
    review_count,
    CAST(stars AS DOUBLE) / review_count,
    negative_reviews,
    positive_reviews,
    -- without the digits by which a text was chosen; no text can look like them, for its quotes are escaped
    CONCAT('[', REGEXP_REPLACE(
        CONCAT_WS(',', ARRAY_JOIN(negative_entries, ','), ARRAY_JOIN(other_entries, ','), ARRAY_JOIN(positive_entries, ',')),
        '(?<=^|,)[0-9a-f]{8}(?=\{"rating":)',
        ''
    ), ']'),
    review_count - COALESCE(CARDINALITY(negative_entries), 0) - COALESCE(CARDINALITY(other_entries), 0)
        - COALESCE(CARDINALITY(positive_entries), 0)
FROM review_windows;

-- As long after each record as its window may last, and a little longer; none when nothing comes.
INSERT INTO product_review_heartbeats
SELECT partition_key, '{"heartbeat":true}', MAP['heartbeat', ENCODE('1', 'UTF-8')], CURRENT_TIMESTAMP
FROM (
    SELECT window_end, '${heartbeat_keys}' AS partition_keys
    FROM TABLE(HOP(
        TABLE received_records,
        DESCRIPTOR(proc_time),
        INTERVAL '${heartbeat_interval_seconds}' SECOND(5),
        INTERVAL '${heartbeat_hold_seconds}' SECOND(5)
    ))
    GROUP BY window_start, window_end
)
CROSS JOIN UNNEST(SPLIT(partition_keys, ',')) AS keys (partition_key)
WHERE partition_key <> '';

END;
