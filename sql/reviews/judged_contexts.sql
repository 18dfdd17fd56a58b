-- Every record of the context topic with a verdict: only a context is put to the model. Other programs may write there too.
CREATE VIEW judged_contexts AS
SELECT
    kafka_partition,
    kafka_offset,
    SUBSTRING(text FROM 1 FOR 100000) AS context,
    JSON_VALUE(text, '$.reviews') AS reviews,
    CASE
        WHEN CHAR_LENGTH(text) > 100000 THEN 'context_too_long'
        WHEN text IS NOT JSON OBJECT
            OR JSON_VALUE(text, '$.product_id') IS NULL
            OR CHAR_LENGTH(JSON_VALUE(text, '$.product_id')) > 200
            OR TRY_CAST(JSON_VALUE(text, '$.review_count') AS BIGINT) IS NULL THEN 'not_a_context'
        ELSE 'ok'
    END AS reason
FROM (
    SELECT
        kafka_partition,
        kafka_offset,
        COALESCE(DECODE(payload, 'UTF-8'), '') AS text
    FROM product_review_context_records
);
