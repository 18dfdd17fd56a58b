-- Each record with its window. One whose window is closed would be dropped by Flink without a word, so it is judged `late`.
CREATE VIEW windowed_reviews AS
SELECT
    payload,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    received_at,
    window_start,
    window_end,
    window_time,
    review_id,
    product_id,
    product_name,
    rating,
    review_text,
    CASE WHEN reason = 'ok' AND window_time <= CURRENT_WATERMARK(window_time) THEN 'late' ELSE reason END AS reason
FROM TABLE(TUMBLE(TABLE judged_reviews, DESCRIPTOR(received_at), INTERVAL '${window_seconds}' SECOND(5)));
