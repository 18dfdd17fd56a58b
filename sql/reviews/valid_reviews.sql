CREATE VIEW valid_reviews AS
SELECT
    review_id,
    product_id,
    product_name,
    rating,
    review_text,
    proc_time
FROM judged_reviews
WHERE reason = 'ok';
