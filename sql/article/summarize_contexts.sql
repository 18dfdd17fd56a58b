INSERT INTO product_review_summary
SELECT
    product_id,
    product_name,
    review_count,
    average_rating,
    negative_reviews,
    positive_reviews,
    content AS llm_summary
FROM ML_PREDICT(TABLE product_review_context, MODEL product_review_summarizer, DESCRIPTOR(reviews));
