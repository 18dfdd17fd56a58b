-- The numbers of a product's window, over all its reviews.
CREATE VIEW review_totals AS
SELECT
    product_id,
    -- a review without a name does not take the others' away
    COALESCE(MAX(product_name), product_id) AS product_name,
    window_start,
    window_end,
    window_time,
    COUNT(*) AS review_count,
    -- AVG of an INT is an INT in Flink and cuts off: 4.6 would become 4
    AVG(CAST(rating AS DOUBLE)) AS average_rating,
    SUM(CASE WHEN rating <= 2 THEN 1 ELSE 0 END) AS negative_reviews,
    SUM(CASE WHEN rating >= 4 THEN 1 ELSE 0 END) AS positive_reviews
FROM windowed_reviews
WHERE reason = 'ok'
GROUP BY product_id, window_start, window_end, window_time;
