-- A summary repeats the figures of the context that it was made of.
-- sample: all
SELECT s.product_id, s.window_start, s.review_count, c.review_count AS review_count_of_context
FROM product_review_summary AS s
JOIN product_review_context AS c
    ON s.product_id = c.product_id
    AND TO_TIMESTAMP_LTZ(UNIX_TIMESTAMP(s.window_start, 'yyyy-MM-dd''T''HH:mm:ssX'), 0) = c.window_start
WHERE s.review_count <> c.review_count
    OR s.negative_reviews <> c.negative_reviews
    OR s.positive_reviews <> c.positive_reviews;
