INSERT INTO product_review_context
SELECT
    product_id,
    MAX(product_name) AS product_name,
    window_start,
    window_end,
    COUNT(*) AS review_count,
    AVG(rating) AS average_rating,
    SUM(CASE WHEN rating <= 2 THEN 1 ELSE 0 END) AS negative_reviews,
    SUM(CASE WHEN rating >= 4 THEN 1 ELSE 0 END) AS positive_reviews,
    LISTAGG(CONCAT('Rating: ', CAST(rating AS STRING), '. Review: ', review_text), ' | ') AS reviews
FROM TABLE(TUMBLE(TABLE product_reviews, DESCRIPTOR(proc_time), INTERVAL '1' MINUTE))
GROUP BY product_id, window_start, window_end;
