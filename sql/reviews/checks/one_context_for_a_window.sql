-- A product has one context in a window. After a failure it may be written again, but then with the same figures and the same texts.
-- sample: all
SELECT product_id, window_start, COUNT(*) AS contexts
FROM (SELECT DISTINCT product_id, window_start, review_count, average_rating, reviews FROM product_review_context)
GROUP BY product_id, window_start
HAVING COUNT(*) > 1;
