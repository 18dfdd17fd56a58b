-- A context counts at least one review, no more on its two sides than in all, and says so of a window that has a length.
SELECT product_id, window_start, window_end, review_count, average_rating, negative_reviews, positive_reviews, reviews_left_out
FROM product_review_context
WHERE product_id IS NULL
    OR review_count < 1
    OR negative_reviews + positive_reviews > review_count
    OR average_rating NOT BETWEEN 1 AND 5
    OR reviews_left_out NOT BETWEEN 0 AND review_count - 1
    OR TIMESTAMPDIFF(SECOND, window_start, window_end) <> ${window_seconds}
    OR reviews IS NOT JSON ARRAY;
