-- The reviews of a window, gathered into 64 slots for each product and side of the opinion. A slot keeps its numbers and at most two
-- texts, so that state has a bound however many come: Flink's Window Top-N would keep nearly all of them (ADR 0014).
-- A text stands behind eight digits drawn from its review_id: by these it is chosen, whichever partition was read first.
CREATE VIEW review_slots AS
SELECT
    product_id,
    side,
    window_start,
    window_end,
    window_time,
    MAX(product_name) AS product_name,
    COUNT(*) AS review_count,
    SUM(CAST(rating AS BIGINT)) AS stars,
    MIN(entry) AS first_entry,
    MAX(entry) AS last_entry
FROM (
    SELECT
        product_id,
        product_name,
        rating,
        window_start,
        window_end,
        window_time,
        MOD(kafka_offset, 64) AS slot,
        CASE WHEN rating <= 2 THEN 'negative' WHEN rating >= 4 THEN 'positive' ELSE 'neither' END AS side,
        CONCAT(SUBSTRING(MD5(review_id) FROM 1 FOR 8), JSON_OBJECT('rating' VALUE rating, 'review' VALUE review_text)) AS entry
    FROM windowed_reviews
    WHERE reason = 'ok'
)
GROUP BY product_id, side, slot, window_start, window_end, window_time;
