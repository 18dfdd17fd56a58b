-- The texts of a product's window: at most 8 negative, 8 positive and 8 others of at most 400 characters, so that both sides are
-- heard and no context outgrows a record or a model. They are drawn by the hash of their review_id and listed by rating and
-- text: the same ones in the same order, whichever partition was read first. Flink keeps no text of the window but these.
CREATE VIEW chosen_reviews AS
SELECT
    product_id,
    window_start,
    window_end,
    window_time,
    COUNT(*) AS chosen_count,
    CONCAT('[', ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(entry)), ','), ']') AS reviews
FROM (
    SELECT
        product_id,
        window_start,
        window_end,
        window_time,
        -- a control character would take six characters in JSON
        JSON_OBJECT('rating' VALUE rating, 'review' VALUE REGEXP_REPLACE(review_text, '\p{Cc}', ' ')) AS entry,
        ROW_NUMBER() OVER (
            PARTITION BY window_start, window_end, product_id, side ORDER BY lot, kafka_partition, kafka_offset
        ) AS place
    FROM (
        SELECT
            product_id,
            window_start,
            window_end,
            window_time,
            rating,
            review_text,
            kafka_partition,
            kafka_offset,
            MD5(review_id) AS lot,
            CASE WHEN rating <= 2 THEN 'negative' WHEN rating >= 4 THEN 'positive' ELSE 'neither' END AS side
        FROM windowed_reviews
        WHERE reason = 'ok'
    )
)
WHERE place <= 8
GROUP BY product_id, window_start, window_end, window_time;
