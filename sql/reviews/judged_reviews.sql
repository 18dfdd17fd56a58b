-- Every record with a verdict: 'ok', or the first reason why it cannot be used. Nothing in it is longer than its bound.
-- JSON_QUERY with an array wrapper keeps the JSON type visible ('[5]' is a number, '["5"]' a string); JSON_VALUE does not.
CREATE VIEW judged_reviews AS
SELECT
    payload,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    received_at,
    review_id,
    product_id,
    -- a blank name is none
    CASE WHEN REGEXP(product_name, '[^\p{Z}\p{Cc}\p{Cf}]') THEN SUBSTRING(product_name FROM 1 FOR 200) END AS product_name,
    TRY_CAST(rating AS INT) AS rating,
    -- a control character would take six characters in JSON
    REGEXP_REPLACE(SUBSTRING(review_text FROM 1 FOR 400), '\p{Cc}', ' ') AS review_text,
    CASE
        WHEN payload IS NULL OR text = '' THEN 'empty'
        WHEN ENCODE(text, 'UTF-8') <> payload THEN 'not_utf8'
        -- IS JSON reads the first value and ignores what follows; in brackets and in braces it shows
        WHEN text IS NOT JSON OBJECT
            OR alone IS NOT JSON ARRAY
            OR JSON_EXISTS(alone, '$[1]')
            OR CONCAT('{"alone":', text, '}') IS NOT JSON OBJECT THEN 'not_a_json_object'
        WHEN NOT COALESCE(id_of_review LIKE '["%', FALSE)
            OR NOT COALESCE(REGEXP(review_id, '[^\p{Z}\p{Cc}\p{Cf}]'), FALSE)
            OR CHAR_LENGTH(review_id) > 200 THEN 'bad_review_id'
        WHEN NOT COALESCE(id_of_product LIKE '["%', FALSE)
            OR NOT COALESCE(REGEXP(product_id, '[^\p{Z}\p{Cc}\p{Cf}]'), FALSE)
            OR CHAR_LENGTH(product_id) > 200 THEN 'bad_product_id'
        WHEN NOT COALESCE(REGEXP(stars, '^\[[1-5]\]$'), FALSE) THEN 'bad_rating'
        WHEN NOT COALESCE(words LIKE '["%', FALSE)
            OR NOT COALESCE(REGEXP(review_text, '[^\p{Z}\p{Cc}\p{Cf}]'), FALSE) THEN 'bad_review_text'
        WHEN CHAR_LENGTH(review_text) > 100000 THEN 'too_long'
        WHEN received_at > CURRENT_TIMESTAMP + INTERVAL '1' MINUTE THEN 'bad_timestamp'
        ELSE 'ok'
    END AS reason
FROM (
    SELECT
        payload,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        received_at,
        text,
        CONCAT('[', text, ']') AS alone,
        JSON_QUERY(text, '$.review_id' WITH UNCONDITIONAL ARRAY WRAPPER) AS id_of_review,
        JSON_QUERY(text, '$.product_id' WITH UNCONDITIONAL ARRAY WRAPPER) AS id_of_product,
        JSON_QUERY(text, '$.rating' WITH UNCONDITIONAL ARRAY WRAPPER) AS stars,
        JSON_QUERY(text, '$.review_text' WITH UNCONDITIONAL ARRAY WRAPPER) AS words,
        JSON_VALUE(text, '$.review_id') AS review_id,
        JSON_VALUE(text, '$.product_id') AS product_id,
        JSON_VALUE(text, '$.product_name') AS product_name,
        JSON_VALUE(text, '$.rating') AS rating,
        JSON_VALUE(text, '$.review_text') AS review_text
    FROM (
        SELECT
            payload,
            kafka_topic,
            kafka_partition,
            kafka_offset,
            received_at,
            DECODE(payload, 'UTF-8') AS text
        FROM received_records
    )
);
