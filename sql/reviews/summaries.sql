-- Stage two: one statement set, so that both sinks share one ML_PREDICT; two INSERTs would ask the model twice.
EXECUTE STATEMENT SET
BEGIN

INSERT INTO product_review_summary
SELECT
    JSON_VALUE(context, '$.product_id'),
    SUBSTRING(JSON_VALUE(context, '$.product_name') FROM 1 FOR 200),
    TRY_CAST(JSON_VALUE(context, '$.review_count') AS BIGINT),
    TRY_CAST(JSON_VALUE(context, '$.average_rating') AS DOUBLE),
    TRY_CAST(JSON_VALUE(context, '$.negative_reviews') AS BIGINT),
    TRY_CAST(JSON_VALUE(context, '$.positive_reviews') AS BIGINT),
    content,
    SUBSTRING(JSON_VALUE(context, '$.window_start') FROM 1 FOR 40),
    SUBSTRING(JSON_VALUE(context, '$.window_end') FROM 1 FOR 40),
    sentiment,
    key_strengths,
    key_complaints,
    summary,
    recommended_action,
    '${model_name}',
    '${prompt_version}'
FROM judged_answers
WHERE reason = 'ok';

INSERT INTO product_review_summary_rejected
SELECT
    reason,
    kafka_partition,
    kafka_offset,
    context,
    content,
    '${model_name}',
    '${prompt_version}',
    upstream_status,
    error_text,
    request_id
FROM judged_answers
WHERE reason <> 'ok'
-- one writer for both kinds: two INSERTs would be two writers with one transactional id
UNION ALL
SELECT
    reason,
    kafka_partition,
    kafka_offset,
    context,
    CAST(NULL AS STRING),
    '${model_name}',
    '${prompt_version}',
    CAST(NULL AS INT),
    CAST(NULL AS STRING),
    CAST(NULL AS STRING)
FROM judged_contexts
WHERE reason <> 'ok';

END;
