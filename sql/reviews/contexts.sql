-- Stage one: every record ends either in a product's context of its window or among the rejected ones.
EXECUTE STATEMENT SET
BEGIN

INSERT INTO product_review_rejected
SELECT
    reason,
    kafka_partition,
    kafka_offset,
    received_at,
    payload
FROM judged_reviews
WHERE reason <> 'ok';

INSERT INTO product_review_context
SELECT
    product_id,
    -- a review without a name does not take the others' away
    COALESCE(MAX(product_name), product_id) AS product_name,
    window_start,
    window_end,
    COUNT(*) AS review_count,
    -- AVG of an INT is an INT in Flink and cuts off: 4.6 would become 4
    AVG(CAST(rating AS DOUBLE)) AS average_rating,
    SUM(CASE WHEN rating <= 2 THEN 1 ELSE 0 END) AS negative_reviews,
    SUM(CASE WHEN rating >= 4 THEN 1 ELSE 0 END) AS positive_reviews,
    LISTAGG(CONCAT('Rating: ', CAST(rating AS STRING), '. Review: ', SUBSTRING(review_text FROM 1 FOR 2000)), ' | ') AS reviews
FROM TABLE(TUMBLE(TABLE valid_reviews, DESCRIPTOR(proc_time), INTERVAL '${window_seconds}' SECOND(5)))
GROUP BY product_id, window_start, window_end;

END;
